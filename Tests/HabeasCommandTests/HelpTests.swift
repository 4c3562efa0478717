import ArgumentParser
import Foundation
import Testing

@testable import habeas

struct HelpTests {
    /// Every command with its name, subcommands of subcommands included.
    static let commands: [(path: String, type: any ParsableCommand.Type)] = {
        func walk(_ type: any ParsableCommand.Type, _ path: String) -> [(String, any ParsableCommand.Type)] {
            [(path, type)]
                + type.configuration.subcommands.flatMap { walk($0, "\(path) \($0.configuration.commandName ?? "?")") }
        }
        return walk(HabeasCommand.self, "habeas")
    }()

    /// The example lines of a discussion, continued lines joined.
    static func examples(_ discussion: String) -> [String] {
        guard let start = discussion.range(of: "EXAMPLES:") else { return [] }
        let text = discussion[start.upperBound...].split(separator: "\n").joined(separator: "\n")
        var examples: [String] = []
        var open = false
        for line in text.split(separator: "\n") {
            let continues = line.hasSuffix("\\")
            let content = String((continues ? line.dropLast() : line).drop { $0 == " " })
            if open { examples[examples.count - 1] += content } else { examples.append(content) }
            open = continues
        }
        return examples
    }

    @Test(arguments: commands.map(\.path))
    func `every example of a help text is understood by the parser`(_ path: String) throws {
        let type = try #require(Self.commands.first { $0.path == path }?.type)
        let examples = Self.examples(type.configuration.discussion)
        #expect(!examples.isEmpty, "no examples")
        for example in examples {
            let words = shellWords(example)
            #expect(words.first == "habeas", "\(example)")
            do {
                let command = try HabeasCommand.parseAsRoot(Array(words.dropFirst()))
                if !type.configuration.subcommands.isEmpty { continue }
                #expect(Swift.type(of: command) == type, "\(example)")
            } catch {
                Issue.record("\(example): \(HabeasCommand.message(for: error))")
            }
        }
    }

    @Test(arguments: commands.map(\.path))
    func `the lines of examples fit a terminal, so that they can be copied`(_ path: String) throws {
        let type = try #require(Self.commands.first { $0.path == path }?.type)
        for line in type.configuration.discussion.split(separator: "\n") where line.hasPrefix("  ") {
            #expect(line.count <= 80, "\(line)")
        }
    }

    @Test(arguments: commands.map(\.path))
    func `every command says in a sentence what it does`(_ path: String) throws {
        let type = try #require(Self.commands.first { $0.path == path }?.type)
        #expect(type.configuration.abstract.hasSuffix("."))
    }

    @Test(arguments: commands.map(\.path))
    func `the help shows each setting that the command uses, and each flag sets what it says`(_ path: String) throws {
        let type = try #require(Self.commands.first { $0.path == path }?.type)
        guard type is any HabeasSubcommand.Type else { return }
        let example = try #require(Self.examples(type.configuration.discussion).first)
        let help = HabeasCommand.helpMessage(for: type, columns: 200)
        let base = Array(shellWords(example).dropFirst())
        let plain = try #require(try HabeasCommand.parseAsRoot(base) as? any HabeasSubcommand)
        let flags = plain.usedSettings.flatMap { [$0] + ($0.isSecret ? [$0.fileVariant] : []) }
            .filter { flag in !base.contains("--\(flag.flag)") }
        let all = base + flags.flatMap { ["--\($0.flag)", "value of \($0.name)"] }
        let full = try #require(try HabeasCommand.parseAsRoot(all) as? any HabeasSubcommand)
        let given = full.resolver(environment: [:]).flags
        for setting in flags {
            #expect(help.contains("--\(setting.flag) <"), "\(setting.name)")
            #expect(given.contains(SettingFlag(setting: setting, text: "value of \(setting.name)")), "\(setting.name)")
        }
        for setting in plain.requiredSettings { #expect(plain.usedSettings.contains(setting), "\(setting.name)") }
    }

    @Test func `every setting belongs to a command`() throws {
        var used: Set<Setting> = []
        for (_, type) in Self.commands where type is any HabeasSubcommand.Type {
            let example = try #require(Self.examples(type.configuration.discussion).first)
            let command = try HabeasCommand.parseAsRoot(Array(shellWords(example).dropFirst()))
            used.formUnion((command as? any HabeasSubcommand)?.usedSettings ?? [])
        }
        #expect(SettingTable.all.filter { !used.contains($0) }.map(\.name) == [])
        #expect(used.filter { !SettingTable.all.contains($0) }.map(\.name) == [])
    }

    @Test func `all commands of the contract are there`() {
        let names = Self.commands.map(\.path)
        for name in [
            "demo", "coordinator", "worker", "topics create", "topics check", "submit", "status", "list", "replay",
            "cancel", "hold", "release", "extend", "skip", "attest", "dead-letters list", "dead-letters show",
            "dead-letters requeue", "catalogue check", "catalogue import", "doctor", "bench",
        ] {
            #expect(names.contains("habeas \(name)"))
        }
    }
}
