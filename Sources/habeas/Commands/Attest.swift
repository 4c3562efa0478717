import ArgumentParser
import Contract
import SagaKernel

/// `habeas attest`: an owner's word.
struct AttestCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "attest",
        abstract: "Record that an owner has done a task by hand.",
        discussion: """
            For endpoints that nobody can call, and for any other task that has not succeeded. What is attested \
            shows as attested, not as verified. Evidence must not name the subject.

            EXAMPLES:
              habeas attest a7551968-d5d6-44b2-9831-815ac9017798 \\
                --endpoint partner-crm --reason "by mail" --evidence ticket=CRM-991
              habeas attest a7551968-d5d6-44b2-9831-815ac9017798 \\
                --task dashboards/erase --outcome already_absent --reason "checked by dana"
            """)

    static let title = "Attest"

    @OptionGroup var target: TargetOptions
    @OptionGroup var taskOptions: TaskOptions

    @Option(help: ArgumentHelp("What the owner did or found.", valueName: "outcome"))
    var outcome = OutcomeArgument(outcome: .attested)

    @Option(help: ArgumentHelp("A fact for an auditor; repeatable.", valueName: "name=value"))
    var evidence: [PairArgument] = []

    @OptionGroup var operatorSettings: OperatorSettings

    func validate() throws {
        try target.requireIDs()
        if !taskOptions.isGiven { throw ValidationError("Name the tasks: give --task or --endpoint.") }
    }

    func select(from status: StatusDocument) -> Selection {
        TaskSelection.unsettled(of: status, taskOptions)
    }

    func verb(tasks: [String]) -> Command.Verb {
        .attest(
            tasks: tasks, outcome: outcome.outcome,
            evidence: evidence.map { Evidence(name: $0.name, value: $0.value) })
    }
}

/// How a task ended, on the command line.
struct OutcomeArgument: ExpressibleByArgument, Hashable, Sendable {
    var outcome: Outcome

    static var allValueStrings: [String] { Outcome.allCases.map(\.rawValue) }

    init(outcome: Outcome) { self.outcome = outcome }

    init?(argument: String) {
        guard let outcome = Outcome(rawValue: argument) else { return nil }
        self.outcome = outcome
    }

    var defaultValueDescription: String { outcome.rawValue }
}
