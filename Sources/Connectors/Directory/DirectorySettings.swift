/// How the records of a folder tree are written.
enum DirectoryLayout: String, CaseIterable, Sendable {
    /// JSON Lines as IoT Hub's message routing writes them: `Properties`, `SystemProperties`, `Body`.
    case routedMessages = "routed_messages"
    /// JSON Lines as Azure Monitor archives resource logs, an hour a file; `properties` is a string that holds JSON.
    case hourlyLogs = "hourly_logs"

    /// Hourly logs are appended to for some time after their hour. Routed files are written whole by the hub, and what
    /// else writes such files may hold one open: what it appends to a file that was replaced would be lost.
    var minimumAgeSeconds: Int64 {
        switch self {
        case .routedMessages: 900
        case .hourlyLogs: 3 * 3_600
        }
    }
}

/// The `settings` of an endpoint whose connector is `directory`.
///
/// | key | default | |
/// |---|---|---|
/// | `path` | required | absolute path of the tree; inside one of the worker's roots |
/// | `layout` | required | `routed_messages` or `hourly_logs` |
/// | `file_suffixes` | every file | only files whose names end so are looked into |
/// | `extra_json_paths` | none | JSON Pointers (`*` allowed) to fields that hold an id or an alias |
/// | `export_path` | none: exports are refused | absolute path of an existing folder, inside a root, outside `path` |
/// | `minimum_age_seconds` | 900; 10800 for hourly logs | a file modified later is not rewritten yet |
/// | `half_written_seconds` | 900 | for so long an unreadable last line counts as being written |
/// | `hub_check` | true | a record that names another hub is not the subject's |
/// | `delete_empty` | true | a file without records left is removed |
/// | `empty_tree` | `refuse` | `absent`: no file to read means no records; else it fails, as a missing mount must |
/// | `folder_lock` | true | take an advisory lock while rewriting; false only where one worker alone writes |
/// | `lock_wait_seconds` | 5 | how long to wait for another worker's lock before answering `pending` |
/// | `line_bytes_max` | 16777216 | a longer line fails the task; at least 1024 |
/// | `rewrite_attempts_max` | 5 | how often a file that changes under the rewrite is begun anew |
/// | `depth_max` | 64 | levels of folders |
struct DirectorySettings: Hashable, Sendable {
    var path: String
    var layout: DirectoryLayout
    var fileSuffixes: [[UInt8]]
    var extraPaths: [RecordPath]
    var exportPath: String?
    var minimumAgeSeconds: Int64
    var halfWrittenSeconds: Int64
    var checksHub: Bool
    var deletesEmpty: Bool
    var acceptsEmptyTree: Bool
    var locksFolders: Bool
    var lockWaitSeconds: Int64
    var lineBytesMax: Int
    var rewriteAttemptsMax: Int
    var depthMax: Int

    private static let keys: Set<String> = [
        "path", "layout", "file_suffixes", "extra_json_paths", "export_path", "minimum_age_seconds",
        "half_written_seconds", "hub_check", "delete_empty", "empty_tree", "folder_lock", "lock_wait_seconds",
        "line_bytes_max", "rewrite_attempts_max", "depth_max",
    ]
    private static let yearSeconds: Int64 = 366 * 86_400

    init(json: String) throws(SettingsFault) {
        let reader = try SettingsReader(json, keys: Self.keys)
        path = try reader.requiredString("path")
        guard Self.isAbsolute(path) else { throw .badValue(key: "path") }
        guard let layout = DirectoryLayout(rawValue: try reader.requiredString("layout")) else {
            throw .badValue(key: "layout")
        }
        self.layout = layout
        fileSuffixes = try reader.strings("file_suffixes").map { Array($0.utf8) }
        extraPaths = []
        for text in try reader.strings("extra_json_paths") {
            guard let path = RecordPath(text) else { throw .badValue(key: "extra_json_paths") }
            extraPaths.append(path)
        }
        exportPath = try reader.string("export_path")
        if let exportPath, !Self.isAbsolute(exportPath) { throw .badValue(key: "export_path") }
        minimumAgeSeconds = try reader.integer(
            "minimum_age_seconds", in: 0...Self.yearSeconds, default: layout.minimumAgeSeconds)
        halfWrittenSeconds = try reader.integer("half_written_seconds", in: 0...Self.yearSeconds, default: 900)
        checksHub = try reader.boolean("hub_check", default: true)
        deletesEmpty = try reader.boolean("delete_empty", default: true)
        switch try reader.string("empty_tree") {
        case nil, "refuse": acceptsEmptyTree = false
        case "absent": acceptsEmptyTree = true
        default: throw .badValue(key: "empty_tree")
        }
        locksFolders = try reader.boolean("folder_lock", default: true)
        lockWaitSeconds = try reader.integer("lock_wait_seconds", in: 0...600, default: 5)
        lineBytesMax = Int(try reader.integer("line_bytes_max", in: 1_024...1 << 31, default: 16 << 20))
        rewriteAttemptsMax = Int(try reader.integer("rewrite_attempts_max", in: 1...100, default: 5))
        depthMax = Int(try reader.integer("depth_max", in: 1...256, default: 64))
    }

    private static func isAbsolute(_ path: String) -> Bool {
        path.hasPrefix("/") && !path.utf8.contains(0)
    }
}
