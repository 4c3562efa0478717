import ArgumentParser
import Contract
import SagaKernel

/// What a command would do to one request.
enum Selection: Hashable, Sendable {
    /// `tasks` are those that are named in the command; empty where it is about the request as a whole.
    case apply(tasks: [StatusDocument.TaskDocument], shown: [StatusDocument.TaskDocument])
    /// It would be refused, for this reason.
    case nothing(String)
}

/// A command of the contract's §6: shows the plan, asks, publishes, shows progress.
///
/// The coordinator decides; what is checked here only spares everybody commands that are bound to be refused.
protocol OperatorCommand: HabeasSubcommand {
    var target: TargetOptions { get }
    var operatorSettings: OperatorSettings { get }
    /// As the plan says it: "Replay", "Cancel".
    static var title: String { get }
    /// True where `--wait` goes on until the request ends.
    static var waitsForEnd: Bool { get }

    func select(from status: StatusDocument) -> Selection
    /// - Parameter tasks: paths behind the request's id.
    func verb(tasks: [String]) -> Command.Verb
    /// Requests that are meant besides those that are named.
    func query() -> StatusQuery?
}

extension OperatorCommand {
    static var waitsForEnd: Bool { false }

    var configOptions: ConfigOptions { operatorSettings.configOptions }
    var optionGroups: [any SettingOptions] { operatorSettings.groups }
    var requiredSettings: [Setting] { [.bootstrapServers, .operator] }

    func validate() throws { try target.requireIDs() }

    func query() -> StatusQuery? { nil }

    func perform(_ context: CommandContext, _ settings: Settings) async throws -> ExitCode {
        let client = context.statusClient(try APISection(settings))
        let section = try BrokerSection(settings)
        let author = try settings.need(settings.text(.operator), .operator)
        let plan = try await plan(client)
        if !target.json { show(plan, context) }
        if target.dryRun {
            if target.json { context.console.out(CommandReport(plan: plan, title: Self.title).json(dryRun: true)) }
            return plan.isEmpty ? CommandExit.no : CommandExit.done
        }
        guard !plan.isEmpty else { throw CommandFailure.refused("there is nothing to do") }
        guard try Prompt.confirm(plan.question(Self.title), yes: target.yes, console: context.console) else {
            throw CommandFailure.refused("nothing was changed")
        }
        let sent = try await publish(plan, section, author, context)
        guard target.wait else {
            if target.json {
                context.console.out(CommandReport(sent: sent).json(dryRun: false))
            } else {
                tell(sent, context)
            }
            return CommandExit.done
        }
        let wait = CommandWait(
            client: client, context: context, untilEnd: Self.waitsForEnd, timeoutMs: target.timeout?.milliseconds,
            label: Self.title)
        let outcomes = try await wait.run(sent)
        let report = CommandReport(sent: sent, outcomes: outcomes)
        if target.json {
            context.console.out(report.json(dryRun: false))
        } else {
            for line in report.lines(context.console.terminal) { context.console.out(line) }
        }
        return report.allDone ? CommandExit.done : CommandExit.no
    }

    private func plan(_ client: StatusClient) async throws -> CommandPlan {
        var plan = CommandPlan()
        var seen: Set<String> = []
        if let query = query() {
            for status in try await client.allRequests(query) where seen.insert(status.requestID).inserted {
                plan.add(status, select(from: status))
            }
        }
        for argument in target.ids {
            guard let answer = try await client.request(id: argument.id) else {
                throw CommandFailure.refused(CommandFailure.unknownRequest(id: "\(argument.id)").message)
            }
            if seen.insert(answer.status.requestID).inserted { plan.add(answer.status, select(from: answer.status)) }
        }
        return plan
    }

    private func show(_ plan: CommandPlan, _ context: CommandContext) {
        let terminal = context.console.terminal
        for line in plan.lines(now: context.now(), width: terminal.width, colours: terminal.colours) {
            context.console.out(line)
        }
    }

    private func publish(
        _ plan: CommandPlan, _ section: BrokerSection, _ author: String, _ context: CommandContext
    ) async throws -> [SentCommand] {
        let broker = try context.broker(section)
        var progress = Progress("commands sent:", total: plan.entries.count, console: context.console)
        var sent: [SentCommand] = []
        for chunk in plan.entries.chunks(of: 200) {
            var records: [OutgoingRecord] = []
            for entry in chunk {
                guard let requestID = RequestID(entry.status.requestID) else {
                    throw CommandFailure.internal("the status API gave a request id that is no UUID")
                }
                let command = Command(
                    id: context.newID(), requestID: requestID, verb: verb(tasks: entry.paths), reason: target.reason,
                    operator: author)
                records.append(
                    CommandRecord.make(
                        command, homePartition: entry.status.homePartition, topic: section.topics.commands,
                        now: context.now()))
                sent.append(
                    SentCommand(command: command, paths: entry.paths, planned: StatusStamp(entry.status)))
            }
            do {
                try await broker.publish(records)
            } catch let failure as BrokerFailure {
                if !failure.isCertain { tellUnsure(sent, unsure: chunk.count, context) }
                throw failure
            }
            progress.advance(by: chunk.count)
        }
        progress.end()
        return sent
    }

    /// The broker did not confirm the last ones, and may have written them all the same: under new ids, the next try
    /// would be further commands.
    private func tellUnsure(_ sent: [SentCommand], unsure: Int, _ context: CommandContext) {
        let written = sent.dropLast(unsure)
        // Not where a script reads what the command came to.
        for command in written { context.console.error(command.line) }
        for command in sent.suffix(unsure) { context.console.error("\(command.line)  perhaps not written") }
        context.console.error(
            "\(written.count) of \(sent.count) commands were written for certain; `habeas status ID --timeline` shows "
                + "which of the others were.")
    }

    private func tell(_ sent: [SentCommand], _ context: CommandContext) {
        for command in sent { context.console.out(command.line) }
        context.console.error(
            "The coordinator decides when it reads them; `habeas status ID --timeline` shows how it decided."
        )
    }
}

extension SentCommand {
    fileprivate var line: String { "\(command.requestID)  \(command.verb.name)  command \(command.id)" }
}

extension Array {
    fileprivate func chunks(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
