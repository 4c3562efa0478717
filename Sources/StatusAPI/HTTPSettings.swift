/// The bounds of an HTTP server.
public struct HTTPSettings: Hashable, Sendable {
    public var address: ListenAddress
    /// Longest time for one answer, milliseconds. 100...600 000.
    public var requestTimeoutMs = 10_000
    /// A connection on which nothing happens for so long is closed, milliseconds. 1 000...3 600 000.
    public var idleTimeoutMs = 30_000
    /// Connections at a time; further ones wait to be accepted. 1...100 000.
    public var connectionsMax = 256
    /// Bytes of a request's headers. 1 024...1 048 576.
    public var headerBytesMax = 16_384
    /// Bytes of a request's path and query. 256...65 536.
    public var targetBytesMax = 4_096
    /// Requests on a page where the question does not say. 1...`pageRequestsMax`.
    public var pageRequestsDefault = 100
    /// Requests on a page at most. 1...10 000, and no more than the source allows.
    public var pageRequestsMax = 1_000
    /// Events shown with a request, the newest ones. 1...100 000.
    public var timelineEventsMax = 500
    /// Bytes of a callback's body. 1...16 777 216.
    public var callbackBytesMax = 65_536
    /// How long answers under way may take once the server is told to end, milliseconds. 0...600 000.
    public var shutdownMs = 5_000

    public init(address: ListenAddress = ListenAddress(host: "127.0.0.1", port: 8080)) {
        self.address = address
    }

    func checked() -> HTTPSettings {
        precondition((100...600_000).contains(requestTimeoutMs), "requestTimeoutMs: 100...600000")
        precondition((1_000...3_600_000).contains(idleTimeoutMs), "idleTimeoutMs: 1000...3600000")
        precondition((1...100_000).contains(connectionsMax), "connectionsMax: 1...100000")
        precondition((1_024...1_048_576).contains(headerBytesMax), "headerBytesMax: 1024...1048576")
        precondition((256...65_536).contains(targetBytesMax), "targetBytesMax: 256...65536")
        precondition((1...10_000).contains(pageRequestsMax), "pageRequestsMax: 1...10000")
        precondition((1...pageRequestsMax).contains(pageRequestsDefault), "pageRequestsDefault: 1...pageRequestsMax")
        precondition((1...100_000).contains(timelineEventsMax), "timelineEventsMax: 1...100000")
        precondition((1...16_777_216).contains(callbackBytesMax), "callbackBytesMax: 1...16777216")
        precondition((0...600_000).contains(shutdownMs), "shutdownMs: 0...600000")
        return self
    }
}
