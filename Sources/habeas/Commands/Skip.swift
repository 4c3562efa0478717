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
    @OptionGroup(title: "Settings") var configOptions: ConfigOptions
    @OptionGroup(title: "Settings") var brokerOptions: BrokerOptions
    @OptionGroup(title: "Settings") var apiOptions: APIOptions
    @OptionGroup(title: "Settings") var operatorOptions: OperatorOptions

    var optionGroups: [any SettingOptions] { [brokerOptions, apiOptions, operatorOptions] }
    var requiredSettings: [Setting] { [.bootstrapServers, .operator] }

    func validate() throws {
        if target.ids.isEmpty { throw ValidationError("Name the requests: give their ids.") }
        if !taskOptions.isGiven { throw ValidationError("Name the tasks: give --task or --endpoint.") }
    }

    func select(from status: StatusDocument) -> Selection {
        TaskSelection.unsettled(of: status, taskOptions)
    }

    func verb(tasks: [String]) -> Command.Verb {
        .skip(tasks: tasks)
    }
}
