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
    @OptionGroup var operatorSettings: OperatorSettings

    func select(from status: StatusDocument) -> Selection {
        switch RequestState(status.state) {
        // A failed one is parked, not ended: it can be replayed, and a hold keeps that from dispatching.
        case .inProgress, .failed, .other: .apply(tasks: [], shown: [])
        case .onHold: .nothing("it is on hold already")
        case .completed, .completedWithExceptions, .cancelled, .rejected: .nothing("it has ended")
        }
    }

    func verb(tasks: [String]) -> Command.Verb {
        .hold
    }
}
