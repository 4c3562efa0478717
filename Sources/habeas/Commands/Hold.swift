import ArgumentParser
import Contract
import SagaKernel

/// `habeas hold`: a legal hold.
struct HoldCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold",
        abstract: "Stop dispatching; timers wait, acknowledgements still count.",
        discussion: """
            For a legal hold, or to keep an endpoint from being touched. The deadline goes on; `habeas release` ends \
            it.

            EXAMPLES:
              habeas hold a7551968-d5d6-44b2-9831-815ac9017798 --reason "legal hold 117"
              habeas hold a7551968-d5d6-44b2-9831-815ac9017798 \\
                --reason "legal hold" --yes --wait
            """)

    static let title = "Hold"

    @OptionGroup var target: TargetOptions
    @OptionGroup(title: "Settings") var configOptions: ConfigOptions
    @OptionGroup(title: "Settings") var brokerOptions: BrokerOptions
    @OptionGroup(title: "Settings") var apiOptions: APIOptions
    @OptionGroup(title: "Settings") var operatorOptions: OperatorOptions

    var optionGroups: [any SettingOptions] { [brokerOptions, apiOptions, operatorOptions] }
    var requiredSettings: [Setting] { [.bootstrapServers, .operator] }

    func validate() throws {
        if target.ids.isEmpty { throw ValidationError("Name the requests: give their ids.") }
    }

    func select(from status: StatusDocument) -> Selection {
        switch RequestState(status.state) {
        case .inProgress, .other: .apply(tasks: [], shown: [])
        case .onHold: .nothing("it is on hold already")
        case .completed, .completedWithExceptions, .failed, .cancelled, .rejected: .nothing("it has ended")
        }
    }

    func verb(tasks: [String]) -> Command.Verb {
        .hold
    }
}
