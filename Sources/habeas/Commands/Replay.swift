import ArgumentParser
import Contract
import SagaKernel

/// `habeas replay`: failed tasks begin anew.
struct ReplayCommand: OperatorCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Begin failed tasks anew, of one request or of many.",
        discussion: """
            Shows the plan, asks, publishes a command for each request and shows progress. Without a terminal --yes \
            is required. A replayed task has a new epoch and a fresh budget; with --scope all every task begins \
            anew, stage by stage. With --wait it follows the requests until they end; the exit code is then 0 when \
            all completed and 1 otherwise.

            EXAMPLES:
              habeas replay a7551968-d5d6-44b2-9831-815ac9017798 --reason "INC-42"
              habeas replay --state failed --endpoint telemetry-archive \\
                --reason "key rotated, see INC-42" --dry-run
              habeas replay --state failed --reason "outage over" --yes --wait
              habeas replay a7551968-d5d6-44b2-9831-815ac9017798 --scope all \\
                --reason "catalogue was wrong" --wait --timeout PT1H
            """)

    static let title = "Replay"
    static let waitsForEnd = true

    enum State: String, ExpressibleByArgument, CaseIterable {
        case failed
    }

    enum Scope: String, ExpressibleByArgument, CaseIterable {
        case failed, all
    }

    @OptionGroup var target: TargetOptions

    @Option(help: "Every request in this state, instead of ids.")
    var state: State?

    @Option(help: "Which tasks begin anew: the failed ones, or all.")
    var scope = Scope.failed

    @OptionGroup var taskOptions: TaskOptions
    @OptionGroup var operatorSettings: OperatorSettings

    func validate() throws {
        if target.ids.isEmpty, state == nil {
            throw ValidationError("Name the requests: give ids, or --state failed.")
        }
        if !target.ids.isEmpty, state != nil { throw ValidationError("Give ids or --state failed, not both.") }
        if scope == .all, taskOptions.isGiven {
            throw ValidationError("--scope all means every task; leave out --task and --endpoint.")
        }
    }

    func query() -> StatusQuery? {
        guard let state else { return nil }
        var query = StatusQuery(limit: 1_000)
        query.state = state.rawValue
        query.endpoint = taskOptions.endpoint
        return query
    }

    func select(from status: StatusDocument) -> Selection {
        let state = RequestState(status.state)
        if state == .rejected || state == .cancelled { return .nothing("it is \(state.text)") }
        if status.dryRun { return .nothing("it is a dry run") }
        if scope == .all {
            return status.tasks.isEmpty ? .nothing("it has no tasks") : .apply(tasks: [], shown: status.tasks)
        }
        let failed = status.tasks.filter { $0.state == "failed" }
        let meant = failed.filter { taskOptions.matches($0, of: status.requestID) }
        if meant.isEmpty { return .nothing(taskOptions.isGiven ? "no such task has failed" : "no task has failed") }
        return .apply(tasks: taskOptions.isGiven ? meant : [], shown: meant)
    }

    func verb(tasks: [String]) -> Command.Verb {
        .replay(tasks: tasks, scope: scope == .all ? .all : .failed)
    }
}
