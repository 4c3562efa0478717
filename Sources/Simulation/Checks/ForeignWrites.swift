import SagaKernel

/// Snapshots that a former owner wrote over those of its successor: they bear a lower term.
///
/// Without transactions nothing keeps it from that. But the present owner has to write its own again, or else whoever
/// reads the log next begins where the former one was.
struct ForeignWrites {
    /// By when the present owner has looked: it does so at every turn, and hardly anything keeps one away for longer.
    static let patienceMs = Milliseconds.hour

    /// The highest term among the snapshots of a request.
    private var highest: [RequestID: Int64] = [:]
    private var standing: [RequestID: Int64] = [:]

    mutating func wrote(_ id: RequestID, term: Int64, nowMs: Int64) {
        if term < highest[id] ?? 0 {
            standing[id] = standing[id] ?? nowMs
        } else {
            highest[id] = term
            standing[id] = nil
        }
    }

    mutating func forgot(_ id: RequestID) {
        highest[id] = nil
        standing[id] = nil
    }

    /// A request whose newest snapshot has been a former owner's for too long.
    func neglected(nowMs: Int64) -> RequestID? {
        standing.filter { nowMs - $0.value > Self.patienceMs }.keys.min()
    }
}
