/// What a run comes to.
struct SoakReport: Codable, Sendable {
    struct Round: Codable, Sendable {
        var number: Int
        /// Valid requests, each once.
        var requests = 0
        var tasks = 0
        var statuses = 0
        var deadLetters = 0
        /// Requests that an operator would have to look at, of this round and those before.
        var parked = 0
        var disturbances = 0
        /// From the last disturbance until everything had ended and was in order.
        var settleSeconds = 0.0
        var faults: [SoakFault] = []

        init(number: Int) { self.number = number }

        var text: String {
            "\(requests) requests, \(tasks) tasks, \(statuses) statuses, \(deadLetters) dead letters, "
                + "\(parked) parked, \(disturbances) faults, at rest after \(Text.seconds(settleSeconds)): "
                + (faults.isEmpty ? "in order" : "\(faults.count) findings")
        }
    }

    var seed: UInt64
    var guarantee: String
    var rounds: [Round] = []
    var counts = Ledger.Counts()
    /// Processes that ended otherwise than with 0 and were not killed, by exit code.
    var unaskedEnds: [String: Int] = [:]
    /// What the driver could not send; it goes by the topics, and so does not matter.
    var undelivered = 0
    var faults: [SoakFault] = []

    var isInOrder: Bool { faults.isEmpty }

    /// The results table and the verdict.
    var text: String {
        var lines = ["round  requests    tasks  statuses  letters  parked  faults  at rest  verdict"]
        for round in rounds {
            let numbers = [
                Self.pad(round.number, 5), Self.pad(round.requests, 8), Self.pad(round.tasks, 7),
                Self.pad(round.statuses, 8), Self.pad(round.deadLetters, 7), Self.pad(round.parked, 6),
                Self.pad(round.disturbances, 6),
            ]
            let verdict = round.faults.isEmpty ? "in order" : "\(round.faults.count) findings"
            lines.append(numbers.joined(separator: "  ") + "  \(Self.pad(round.settleSeconds))  \(verdict)")
        }
        lines.append("")
        if !unaskedEnds.isEmpty {
            let ends = unaskedEnds.sorted { $0.key < $1.key }.map { "\($0.value) with \($0.key)" }
            lines.append("processes that ended by themselves: \(ends.joined(separator: ", "))")
        }
        lines.append(
            "\(guarantee): \(counts.requests) requests, \(counts.tasks) tasks (\(counts.repeatedTasks) repeated), "
                + "\(counts.statuses) statuses (\(counts.staleStatuses) stale), "
                + "\(counts.withdrawnEnds) ends withdrawn, \(counts.deadLetters) dead letters")
        for fault in faults.prefix(Self.shownMax) { lines.append(fault.text) }
        if faults.count > Self.shownMax { lines.append("and \(faults.count - Self.shownMax) more") }
        lines.append(
            isInOrder
                ? "in order (seed \(seed))" : "NOT IN ORDER: \(faults.count) findings (repeat with --seed \(seed))")
        return lines.joined(separator: "\n")
    }

    private static let shownMax = 50

    private static func pad(_ number: Int, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - "\(number)".count)) + "\(number)"
    }

    private static func pad(_ seconds: Double) -> String {
        let text = Text.seconds(seconds)
        return String(repeating: " ", count: max(0, 7 - text.count)) + text
    }
}
