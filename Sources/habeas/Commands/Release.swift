import ArgumentParser
import Contract
import SagaKernel

/// `habeas release`: the end of a hold.
struct ReleaseCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "End a hold: dispatching goes on where it stopped.",
        discussion: """
            EXAMPLES:
              habeas release a7551968-d5d6-44b2-9831-815ac9017798 --reason "hold lifted"
              habeas release a7551968-d5d6-44b2-9831-815ac9017798 \\
                --reason "hold lifted" --yes --wait
            """)

    static let title = "Release"

    @OptionGroup var target: TargetOptions
    @OptionGroup var operatorSettings: OperatorSettings

    func select(from status: StatusDocument) -> Selection {
        RequestState(status.state) == .onHold
            ? .apply(tasks: [], shown: []) : .nothing("it is not on hold")
    }

    func verb(tasks: [String]) -> Command.Verb {
        .release
    }
}
