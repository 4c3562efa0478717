import Foundation

/// The folder in which the demo plays: a hub's registry, its telemetry archive and its resource logs, with the data of
/// several devices in them.
struct DemoScene: Sendable {
    static let hub = "contoso.azure-devices.net"
    /// Whose data is to be erased. Its neighbour's name begins the same, as names do.
    static let erased = "thermostat-17"
    /// Whose data is to be exported.
    static let exported = "door-3"
    static let devices = [erased, "thermostat-170", exported, "pump/7#b".replacingOccurrences(of: "/", with: "-")]

    let folder: URL
    var archive: URL { folder.appending(path: "telemetry-archive") }
    var logs: URL { folder.appending(path: "resource-logs") }
    var exports: URL { folder.appending(path: "exports") }
    var registry: URL { folder.appending(path: "registry.json") }
    var catalogue: URL { folder.appending(path: "catalogue.yaml") }

    /// Makes a new folder and everything in it.
    static func make() throws -> DemoScene {
        let name = "habeas-demo-\(UUID().uuidString.lowercased().prefix(8))"
        // Resolved, since workers compare resolved paths with their roots.
        let base = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
        let scene = DemoScene(folder: base.appending(path: name))
        for folder in [scene.archive, scene.logs, scene.exports] {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        try scene.writeRegistry(devices)
        try scene.writeArchive()
        try scene.writeLogs()
        return scene
    }

    func writeRegistry(_ devices: [String]) throws {
        try JSONEncoder().encode(devices.sorted()).write(to: registry, options: .atomic)
    }

    func readRegistry() throws -> [String] {
        try JSONDecoder().decode([String].self, from: Data(contentsOf: registry))
    }

    /// As message routing writes to storage: hub/partition/year/month/day/hour/minute, one record a line.
    private func writeArchive() throws {
        for partition in 0..<2 {
            for minute in [0, 5, 10] {
                let path = String(format: "contoso/%02d/2026/11/02/15/%02d.json", partition, minute)
                var lines = ""
                for (index, device) in Self.devices.enumerated() {
                    for reading in 0..<3 {
                        let second = index * 10 + reading
                        let time = String(format: "2026-11-02T15:%02d:%02dZ", minute, second)
                        let system = #"{"connectionDeviceId":"\#(device)","enqueuedTime":"\#(time)"}"#
                        let body = #"{"temperature":\#(18 + index).\#(reading)}"#
                        lines += #"{"EnqueuedTimeUtc":"\#(time)","Properties":{},"SystemProperties":\#(system),"#
                        lines += #""Body":\#(body)}"# + "\n"
                    }
                }
                try write(lines, to: archive.appending(path: path))
            }
        }
    }

    /// As Azure Monitor archives resource logs: an hour a file, `properties` a string that holds JSON.
    private func writeLogs() throws {
        let resource = "/SUBSCRIPTIONS/0000/RESOURCEGROUPS/IOT/PROVIDERS/MICROSOFT.DEVICES/IOTHUBS/CONTOSO"
        for hour in 14..<17 {
            let path = "insights-logs-connections/resourceId=\(resource)/y=2026/m=11/d=02/h=\(hour)/m=00/PT1H.json"
            var lines = ""
            for device in Self.devices {
                let properties = #"{\"deviceId\":\"\#(device)\",\"protocol\":\"Mqtt\"}"#
                lines += #"{"time":"2026-11-02T\#(hour):12:00Z","resourceId":"\#(resource)","#
                lines += #""operationName":"deviceConnect","category":"Connections","properties":"\#(properties)"}"#
                lines += "\n"
            }
            try write(lines, to: logs.appending(path: path))
        }
    }

    private func write(_ text: String, to file: URL) throws {
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    /// Every line of every data file, by the file's path inside the folder.
    func lines() throws -> [String: [String]] {
        var found: [String: [String]] = [:]
        for root in [archive, logs] {
            guard let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: [.isRegularFileKey])
            else { throw CocoaError(.fileReadUnknown) }
            for case let file as URL in files where file.pathExtension == "json" {
                let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
                found[file.path.replacingOccurrences(of: folder.path + "/", with: "")] =
                    text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            }
        }
        return found
    }

    /// Whether a line is about a device, told the plain way: by its whole name in quotes.
    static func isAbout(_ device: String, _ line: String) -> Bool {
        line.contains("\"\(device)\"") || line.contains("\\\"\(device)\\\"")
    }
}
