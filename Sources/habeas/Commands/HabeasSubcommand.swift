import ArgumentParser

/// A command of `habeas`: it says which settings it uses, and what it does is free of the process around it.
protocol HabeasSubcommand: AsyncParsableCommand {
    var configOptions: ConfigOptions { get }
    var optionGroups: [any SettingOptions] { get }
    /// What the command cannot do without; of `optionGroups`.
    var requiredSettings: [Setting] { get }

    /// Does it, and returns the exit code. Throws `CommandFailure`, or anything that is a fault of Habeas itself.
    func perform(_ context: CommandContext, _ settings: Settings) async throws -> ExitCode
}

extension HabeasSubcommand {
    var requiredSettings: [Setting] { [] }

    func run() async throws {
        let context = CommandContext.current
        let code = await CommandRunner.code(of: self, in: context)
        if code != CommandExit.done { throw code }
    }

    /// The settings that this command uses.
    var usedSettings: [Setting] { optionGroups.flatMap { type(of: $0).settings } }

    func resolver(environment: [String: String]) -> SettingsResolver {
        let given = optionGroups.flatMap(\.given)
        return SettingsResolver(
            flags: given.compactMap { setting, text in text.map { SettingFlag(setting: setting, text: $0) } },
            kafkaFlags: optionGroups.flatMap(\.kafkaProperties), configPath: configOptions.config,
            environment: environment, used: Set(usedSettings), required: requiredSettings)
    }
}

/// Runs a command and tells how it went.
enum CommandRunner {
    static func code(of command: some HabeasSubcommand, in context: CommandContext) async -> ExitCode {
        do {
            let settings = try command.resolver(environment: context.environment).resolve()
            return try await command.perform(context, settings)
        } catch {
            let failure = failure(from: error)
            context.console.error("\(name(of: type(of: command))): \(failure.message)")
            return failure.exitCode
        }
    }

    /// `habeas topics create`.
    static func name(of command: any ParsableCommand.Type) -> String {
        func path(from parent: any ParsableCommand.Type) -> [String]? {
            let own = parent.configuration.commandName ?? ""
            if parent == command { return [own] }
            return parent.configuration.subcommands.lazy.compactMap { path(from: $0) }.first.map { [own] + $0 }
        }
        return path(from: HabeasCommand.self)?.joined(separator: " ") ?? "habeas"
    }

    static func failure(from error: any Error) -> CommandFailure {
        switch error {
        case let failure as CommandFailure: failure
        case let faults as ConfigurationFaults: .configuration(faults)
        case let failure as StatusFailure: failure.asCommandFailure
        case let failure as BrokerFailure: failure.asCommandFailure
        default: .internal("\(error)")
        }
    }
}
