import ArgumentParser
import Contract
import SagaKernel

/// `habeas extend`: a later deadline.
struct ExtendCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "extend",
        abstract: "Move the deadline, once and as far as the law allows.",
        discussion: """
            At most two further months under GDPR and 45 further days under CCPA, counted from the first deadline. \
            Whoever asked must be told why; --reason is what the record will say.

            EXAMPLES:
              habeas extend a7551968-d5d6-44b2-9831-815ac9017798 \\
                --until 2027-01-31 --reason "complex request, subject informed"
              habeas extend a7551968-d5d6-44b2-9831-815ac9017798 \\
                --until 2027-01-31T12:00:00Z --reason "Art. 12(3)" --yes
            """)

    static let title = "Extend"

    @OptionGroup var target: TargetOptions

    @Option(help: ArgumentHelp("The new deadline: a time, or a day for its end in UTC.", valueName: "time"))
    var until: TimeArgument

    @OptionGroup var operatorSettings: OperatorSettings

    func select(from status: StatusDocument) -> Selection {
        if status.sla?.extended == true { return .nothing("it was extended already, which is possible once") }
        let state = RequestState(status.state)
        if state.isEnd, state != .failed { return .nothing("it has ended") }
        if let due = status.sla.flatMap({ TimeText.parse($0.dueTime) }), until.time <= due {
            return .nothing("it is due later than that")
        }
        return .apply(tasks: [], shown: [])
    }

    func verb(tasks: [String]) -> Command.Verb {
        .extend(until: until.time)
    }
}
