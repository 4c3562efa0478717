internal import CRdKafka
internal import Synchronization

/// Records that a producer could not deliver, as its delivery reports tell.
final class DeliveryFailures: Sendable {
    struct Summary: Sendable {
        var count = 0
        var first: ClientError?
    }

    private let summary = Mutex(Summary())

    func record(_ error: ClientError) {
        // Given up on purpose.
        if error.code == RD_KAFKA_RESP_ERR__PURGE_QUEUE || error.code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT { return }
        summary.withLock { summary in
            summary.count += 1
            summary.first = summary.first ?? error
        }
    }

    /// What failed since the last call.
    func take() -> Summary {
        summary.withLock { summary in
            defer { summary = Summary() }
            return summary
        }
    }
}
