import ArgumentParser
import Contract

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

/// Reads the topic from its beginning to its present end.
enum DeadLetterSource {
    static func entries(_ section: BrokerSection, _ context: CommandContext) async throws -> [DeadLetterEntry] {
        let collected = Collected<DeadLetterEntry>()
        try await context.broker(section).read(section.topics.deadLetters) { record in
            collected.append(DeadLetterEntry(record))
            return true
        }
        return collected.values
    }

    static func find(
        _ positions: [DeadLetterPosition], in entries: [DeadLetterEntry]
    ) throws(CommandFailure) -> [DeadLetterEntry] {
        try positions.map { position throws(CommandFailure) in
            guard let entry = entries.first(where: { $0.position == position }) else {
                throw .refused(
                    "there is no dead letter at \(position); it may have been older than the topic keeps them. "
                        + "`habeas dead-letters list` shows those there are.")
            }
            return entry
        }
    }
}
