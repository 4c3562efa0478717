internal import CRdKafka
internal import Synchronization

/// What the group said, until the thread that polls takes it.
///
/// The callback is served on the polling thread from inside librdkafka, where nothing may be decided: it only records.
final class MembershipMailbox: Sendable {
    enum Change: Sendable {
        case assign([NamedPartition])
        case revoke(lost: Bool)
    }

    private struct State {
        var changes: [Change] = []
        var closing = false
        var queue: WakeableQueue?
    }

    private let state = Mutex(State())

    /// Which queue to wake when something was recorded: serving a callback does not end librdkafka's wait.
    func attach(queue: WakeableQueue?) {
        state.withLock { $0.queue = queue }
    }

    func rebalanced(client: OpaquePointer, code: rd_kafka_resp_err_t, partitions: [NamedPartition]) {
        if state.withLock({ $0.closing }) {
            rd_kafka_assign(client, nil)
            return
        }
        let lost = rd_kafka_assignment_lost(client) != 0
        let change: Change = code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS ? .assign(partitions) : .revoke(lost: lost)
        state.withLock { state in
            state.changes.append(change)
            state.queue?.wake()
        }
    }

    func next() -> Change? { state.withLock { $0.changes.first } }

    func removeNext() { state.withLock { if !$0.changes.isEmpty { $0.changes.removeFirst() } } }

    /// From now on every change is answered at once with "nothing", so that a group can be left.
    func close() {
        state.withLock { state in
            state.closing = true
            state.changes = []
        }
    }
}
