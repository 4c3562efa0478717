public import Contract
public import SagaKernel

/// Waits for data that nobody can delete and that expires by itself: a stream's retention, a queue's time to live.
///
/// The first attempt answers `pending` until the retention is over, the attempt at that time `expired`. The end is
/// carried in the continuation, so that it does not move however often the task is dispatched.
///
/// | setting | default | |
/// |---|---|---|
/// | `retention` | required | ISO 8601 duration: the store's retention, or the time to live of its messages |
/// | `margin` | `P1D` | waited for in addition: stores drop whole segments. How late, no public page confirms |
public struct RetentionConnector: Connector {
    public let name: String
    private let now: @Sendable () -> Timestamp

    public init(name: String = "retention") {
        self.init(name: name, now: WallClock.now)
    }

    init(name: String, now: @escaping @Sendable () -> Timestamp) {
        self.name = name
        self.now = now
    }

    public func perform(_ task: WorkerTask) async -> Acknowledgement.Verdict {
        guard task.action == .erase else {
            let detail = "what waits for its retention can be erased, not exported or verified"
            return .failed(TaskError(code: .unsupported, detail: detail), retryable: false, retryAfterMs: nil)
        }
        let waitMs: Int64
        do throws(SettingsFault) {
            // Other settings say where the data are, for whoever reads the plan.
            let reader = try SettingsReader(task.endpoint.settingsJSON, keys: nil)
            let retentionMs = try Self.duration(try reader.requiredString("retention"), key: "retention")
            let marginMs = try reader.string("margin").map { text throws(SettingsFault) in
                try Self.duration(text, key: "margin")
            }
            let (sum, overflow) = retentionMs.addingReportingOverflow(marginMs ?? Self.marginMs)
            guard !overflow else { throw .badValue(key: "retention") }
            waitMs = sum
        } catch {
            return Self.refused(error.detail)
        }
        let present = now()
        let end: Timestamp
        if let continuation = task.continuation {
            guard let said = TimeText.parse(continuation) else {
                return Self.refused("continuation: not this connector's")
            }
            end = said
        } else {
            end = present.adding(milliseconds: waitMs)
        }
        guard present >= end else { return .pending(.retention, resumeAt: end, continuation: TimeText.text(end)) }
        return .completed(Completion(outcome: .expired, method: "retention", verified: .none))
    }

    private static let marginMs = Milliseconds.day

    private static func duration(_ text: String, key: String) throws(SettingsFault) -> Int64 {
        guard let length = ISODuration.parse(text), length >= 0 else { throw .badValue(key: key) }
        return length
    }

    private static func refused(_ detail: String) -> Acknowledgement.Verdict {
        .failed(TaskError(code: .invalidTask, detail: detail), retryable: false, retryAfterMs: nil)
    }
}
