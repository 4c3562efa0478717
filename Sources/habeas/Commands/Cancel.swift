import ArgumentParser
import Contract
import SagaKernel

/// `habeas cancel`: nothing more is dispatched.
struct CancelCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel requests; what was already done stays done and listed.",
        discussion: """
            Also ends a failed request for good. A cancelled one cannot be replayed: submit a new one.

            EXAMPLES:
              habeas cancel a7551968-d5d6-44b2-9831-815ac9017798 --reason "filed twice"
              habeas cancel a7551968-d5d6-44b2-9831-815ac9017798 \\
                --reason "withdrawn" --yes --wait
            """)

    static let title = "Cancel"

    @OptionGroup var target: TargetOptions
    @OptionGroup var operatorSettings: OperatorSettings

    func select(from status: StatusDocument) -> Selection {
        let state = RequestState(status.state)
        if state.isEnd, state != .failed { return .nothing("it has ended") }
        return .apply(tasks: [], shown: [])
    }

    func verb(tasks: [String]) -> Command.Verb {
        .cancel
    }
}
