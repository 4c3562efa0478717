import Contract
import SagaKernel

/// What became known of one request, in the order in which it became certain.
struct Chronicle {
    struct Attempt: Hashable {
        var path: String
        var epoch: Int
        var attempt: Int
    }

    /// The newest snapshot; nil: none yet, or forgotten.
    var saga: Saga?
    var snapshotRank: StatusRank?
    var hasHusk = false
    var isForgotten = false
    var statusRank: StatusRank?
    var statusState: String?
    /// The bodies of statuses by rank, where one may be written twice.
    var statusBodies: [StatusRank: [UInt8]] = [:]
    var dispatched: Set<Attempt> = []
    /// When the first dispatch of an epoch of a task became certain.
    var dispatchedAtMs: [String: Int64] = [:]
    /// When a task last came to `succeeded`.
    var succeededAtMs: [String: Int64] = [:]
    /// What workers said, whether or not it was read: attempts of which a completion, or a failure, lies in the log.
    var completions: [Attempt: [Outcome]] = [:]
    var failures: Set<Attempt> = []
    /// What attempts were said to wait for.
    var patience: [Attempt: Set<PendingReason>] = [:]
    var reappearances = 0
    var commands: [String: Command] = [:]

    func key(_ path: String, _ epoch: Int) -> String { "\(path) \(epoch)" }

    /// Whether anybody has said that this task is done in this epoch.
    func wasCompleted(_ path: String, _ task: SagaTask) -> Bool {
        if completions.contains(where: { item in
            item.key.path == path && item.key.epoch == task.epoch && item.value.contains { task.action.accepts($0) }
        }) {
            return true
        }
        return commands.values.contains { command in
            if case .attest(let tasks, _, _) = command.verb { tasks.contains(path) } else { false }
        }
    }

    var replays: Int {
        commands.values.count { command in
            if case .replay = command.verb { true } else { false }
        }
    }

    var isSteered: Bool {
        commands.values.contains { command in
            switch command.verb {
            case .replay, .skip, .attest, .cancel: true
            case .hold, .release, .extend: false
            }
        }
    }
}
