import ArgumentParser
import Contract
import Synchronization

/// `habeas dead-letters`: what could not be read.
struct DeadLettersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "Look at records that could not be read, and send them back.",
        discussion: """
            EXAMPLES:
              habeas dead-letters list --bootstrap-servers kafka:9092
              habeas dead-letters show 3/1042 --bootstrap-servers kafka:9092
              habeas dead-letters requeue 3/1042 --bootstrap-servers kafka:9092
            """,
        subcommands: [DeadLettersListCommand.self, DeadLettersShowCommand.self, DeadLettersRequeueCommand.self])
}

/// Reads the topic from its beginning to its present end, and keeps no more of it than is asked for: it may be large.
enum DeadLetterSource {
    /// Hands over one letter after the other, until `false` is returned.
    static func read(
        _ section: BrokerSection, _ context: CommandContext, _ each: @escaping @Sendable (DeadLetterEntry) -> Bool
    ) async throws {
        try await context.broker(section).read(section.topics.deadLetters) { each(DeadLetterEntry($0)) }
    }

    /// Those at the positions, each once, in the order in which they were named first. Reads no further than the last.
    static func find(
        _ positions: [DeadLetterPosition], _ section: BrokerSection, _ context: CommandContext
    ) async throws -> [DeadLetterEntry] {
        let wanted = Set(positions)
        let collected = Collected<DeadLetterEntry>()
        try await read(section, context) { entry in
            if wanted.contains(entry.position) { collected.append(entry) }
            return collected.values.count < wanted.count
        }
        let found = Dictionary(collected.values.map { ($0.position, $0) }) { first, _ in first }
        var named: Set<DeadLetterPosition> = []
        return try positions.filter { named.insert($0).inserted }.map { position throws(CommandFailure) in
            guard let entry = found[position] else {
                throw .refused(
                    "there is no dead letter at \(position); it may have been older than the topic keeps them. "
                        + "`habeas dead-letters list` shows those there are.")
            }
            return entry
        }
    }
}

/// The newest letters of those that it is given, without their payloads, and how many there were.
final class NewestDeadLetters: Sendable {
    private struct State {
        var total = 0
        var kept: [DeadLetterEntry] = []
    }

    private let state = Mutex(State())
    private let limit: Int

    /// - Parameter limit: from 1.
    init(limit: Int) { self.limit = limit }

    func append(_ entry: DeadLetterEntry) {
        var entry = entry
        entry.record.value = nil
        entry.record.headers = []
        state.withLock { state in
            state.total += 1
            state.kept.append(entry)
            // Sorted once in `limit` letters, so that a large topic is not sorted for each of its letters.
            if state.kept.count / 2 >= limit { state.kept = newest(state.kept) }
        }
    }

    /// The newest last.
    var result: (shown: [DeadLetterEntry], total: Int) {
        state.withLock { (newest($0.kept), $0.total) }
    }

    private func newest(_ entries: [DeadLetterEntry]) -> [DeadLetterEntry] {
        entries.sorted(by: DeadLetterEntry.isOlder).suffix(limit)
    }
}
