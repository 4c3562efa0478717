public import Contract
public import SagaKernel

/// Waits for data that nobody can delete and that expires by itself: a stream's retention, a queue's time to live.
///
/// The first attempt answers `pending` until the retention is over, the attempt at that time `expired`. The end is
/// carried in the continuation, so that it does not move however often the task is dispatched.
///
/// | setting | default | |
/// |---|---|---|
/// | `retention` | required | ISO 8601 duration: the longest that a record written before the task can still be there |
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
        let retentionMs: Int64
        do throws(SettingsFault) {
            let reader = try SettingsReader(task.endpoint.settingsJSON, keys: nil)
            guard let read = ISODuration.parse(try reader.requiredString("retention")), read >= 0 else {
                throw SettingsFault.badValue(key: "retention")
            }
            retentionMs = read
        } catch {
            let refused = TaskError(code: .invalidTask, detail: error.detail)
            return .failed(refused, retryable: false, retryAfterMs: nil)
        }
        let present = now()
        let end = task.continuation.flatMap { TimeText.parse($0) } ?? present.adding(milliseconds: retentionMs)
        guard present >= end else { return .pending(.retention, resumeAt: end, continuation: TimeText.text(end)) }
        return .completed(Completion(outcome: .expired, method: "retention", verified: .none))
    }
}
