public import Contract
public import SagaKernel

/// Why a connector cannot be made as it was asked for.
public enum ConnectorFault: Error, Hashable, Sendable {
    /// `directory_roots` is empty, or names something that is not an absolute path.
    case directoryRoots
    /// A key or secret is shorter than 32 bytes, or a secret has no name.
    case weakKey(setting: String)
    /// An address that is no absolute `https` address (or `http` where that is allowed).
    case badAddress(setting: String)
    /// A number outside its range.
    case outOfRange(setting: String)
}

/// Exports, erases and verifies the records of devices in a folder tree: routed messages or archived resource logs, as
/// JSON Lines.
///
/// - Export writes the subject's lines to `<export_path>/<request id>/<endpoint id>.ndjson`.
/// - Erase rewrites each file that holds some without them, in one step, every other byte unchanged, and reads it back.
/// - Verify reads everything and completes as `absent` or `reappeared`.
///
/// It completes only when it could read everything. A line that names the subject and is no record is kept, and the
/// task fails with `conflict`: to drop it could destroy somebody else's data, to pass over it would promise too much.
public struct DirectoryConnector: Connector {
    public let name: String
    private let roots: AllowedRoots
    private let now: @Sendable () -> Timestamp
    private let atMoment: @Sendable (RewriteMoment) -> Void

    /// - Parameters:
    ///   - roots: absolute paths; a task whose `path` or `export_path` does not lie in one of them after its links were
    ///     resolved is refused with `invalid_task`.
    public init(roots: [String], name: String = "directory") throws(ConnectorFault) {
        try self.init(roots: roots, name: name, now: WallClock.now, atMoment: { _ in })
    }

    init(
        roots: [String], name: String = "directory", now: @escaping @Sendable () -> Timestamp,
        atMoment: @escaping @Sendable (RewriteMoment) -> Void = { _ in }
    ) throws(ConnectorFault) {
        guard !roots.isEmpty, roots.allSatisfy({ $0.hasPrefix("/") && !$0.utf8.contains(0) }) else {
            throw .directoryRoots
        }
        self.name = name
        self.roots = AllowedRoots(roots)
        self.now = now
        self.atMoment = atMoment
    }

    public func perform(_ task: WorkerTask) async -> Acknowledgement.Verdict {
        let settings: DirectorySettings
        do throws(SettingsFault) { settings = try DirectorySettings(json: task.endpoint.settingsJSON) } catch {
            return Self.refused(error.detail)
        }
        guard !task.subjects.isEmpty, task.subjects.allSatisfy({ !$0.deviceID.isEmpty }) else {
            return Self.refused("subjects: none, or one without a device id")
        }
        // It becomes a file name.
        guard Self.isEndpointID(task.endpoint.id) else { return Self.refused("endpoint.id: not [a-z0-9.-]{1,64}") }
        let job = DirectoryJob(task: task, settings: settings, roots: roots, now: now, atMoment: atMoment)
        return await BlockingWork.run { job.run(isCancelled: $0) }
    }

    private static func refused(_ detail: String) -> Acknowledgement.Verdict {
        .failed(TaskError(code: .invalidTask, detail: detail), retryable: false, retryAfterMs: nil)
    }

    private static func isEndpointID(_ id: String) -> Bool {
        (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}
