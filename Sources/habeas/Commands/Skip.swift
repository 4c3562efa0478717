import ArgumentParser
import Contract
import SagaKernel

/// `habeas skip`: tasks that need not be done.
struct SkipCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "skip",
        abstract: "Leave tasks out by a recorded decision.",
        discussion: """
            For an endpoint that is gone, or holds nothing of the subject. The request can then complete with \
            exceptions. Any task that has not succeeded can be skipped.

            EXAMPLES:
              habeas skip a7551968-d5d6-44b2-9831-815ac9017798 \\
                --task telemetry-archive/erase --reason "account was deleted"
              habeas skip a7551968-d5d6-44b2-9831-815ac9017798 \\
                --endpoint former-hub-archive --reason "no such archive" --yes
            """)

    static let title = "Skip"

    @OptionGroup var target: TargetOptions
    @OptionGroup var taskOptions: TaskOptions
    @OptionGroup var operatorSettings: OperatorSettings

    func validate() throws {
        try target.requireIDs()
        if !taskOptions.isGiven { throw ValidationError("Name the tasks: give --task or --endpoint.") }
    }

    func select(from status: StatusDocument) -> Selection {
        TaskSelection.unsettled(of: status, taskOptions)
    }

    func verb(tasks: [String]) -> Command.Verb {
        .skip(tasks: tasks)
    }
}
