import Contract
import RecordLog
import SagaKernel

/// How an owner comes to its terms where nothing else keeps a former owner from writing.
///
/// Each partition's next term is claimed in its log, and the log is read on until the claim comes back. A claim with a
/// term as high before it does not count, and a higher one is made: two owners never write by the same term, however
/// long one of them slept and wherever. What a former owner wrote meanwhile is loaded on the way.
struct TermClaim {
    let restore: Restore
    let writer: TurnWriter
    let owner: String

    func run(_ lane: Lane, into loading: Loading) throws(LaneFailure) {
        while true {
            let open = restore.partitions.filter { loading.confirmed($0) == nil }
            if open.isEmpty { return }
            let terms = open.map { (partition: $0, term: loading.nextTerm(of: $0)) }
            try write(terms, lane)
            try restore.read(lane, into: loading) { loading, _ in
                Int64(terms.count { loading.claimed($0.partition) != $0.term })
            }
        }
    }

    private func write(_ terms: [(partition: Int32, term: Int64)], _ lane: Lane) throws(LaneFailure) {
        let deadlineMs = lane.clock.monotonicMs() + lane.settings.retryMs
        while true {
            do throws(LogFailure) {
                try lane.log.begin()
                try writer.claim(terms, owner: owner)
                // There is nothing to commit but the records.
                try lane.log.commit(positions: [])
                return
            } catch {
                lane.observer.heartbeat()
                switch error {
                case .fenced, .fatal: throw .log(error)
                // A claim that arrived all the same says what the next one says.
                case .retriable, .abortRequired, .outcomeUnknown, .partitionsLost:
                    try lane.insisting { () throws(LogFailure) in try lane.log.recycleProducer() }
                }
                if lane.mailbox.isStopping { throw .stopping }
                if lane.clock.monotonicMs() >= deadlineMs { throw .unavailable(reason: error.reason) }
            }
        }
    }
}
