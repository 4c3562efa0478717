/// One device (or module of a device) whose data a request is about.
public struct Subject: Hashable, Sendable {
    /// Another name under which some store may know the device.
    public struct Alias: Hashable, Sendable {
        public var identityType: String
        public var identityValue: String

        public init(identityType: String, identityValue: String) {
            self.identityType = identityType
            self.identityValue = identityValue
        }
    }

    /// Host name of the hub, lower case: `contoso.azure-devices.net`.
    public var hub: String
    /// Case-sensitive, any of IoT Hub's characters.
    public var deviceID: String
    public var moduleID: String?
    public var aliases: [Alias]

    public init(hub: String, deviceID: String, moduleID: String? = nil, aliases: [Alias] = []) {
        self.hub = hub
        self.deviceID = deviceID
        self.moduleID = moduleID
        self.aliases = aliases
    }
}
