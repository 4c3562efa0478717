import ArgumentParser
import Contract
import Foundation
import RecordLog
import SagaKernel
import Synchronization
import Testing

@testable import habeas

/// A process around a command: what it prints, what it is told, what it sends.
final class FakeWorld: Sendable {
    private struct State {
        var out = ""
        var error = ""
        var input: [String] = []
        var published: [OutgoingRecord] = []
        var paths: [String] = []
        var now = Timestamp(milliseconds: 0)
        var ids = 0
        var handedOver = 0
    }

    private let state: Mutex<State>
    let terminal: TerminalFacts
    let environment: [String: String]
    /// Answers a path of the API; throws `StatusFailure`.
    let api: @Sendable (_ path: String, _ world: FakeWorld) throws -> HTTPReply
    let topics: [String: TopicFacts]
    let stored: [StoredRecord]
    /// What publishing comes to; nil is success.
    let publishFailure: BrokerFailure?

    init(
        terminal: TerminalFacts = .none, environment: [String: String] = ["USER": "dana"], input: [String] = [],
        topics: [String: TopicFacts] = [:], stored: [StoredRecord] = [],
        publishFailure: BrokerFailure? = nil,
        api: @escaping @Sendable (String, FakeWorld) throws -> HTTPReply = { _, _ in Samples.unknown }
    ) {
        self.terminal = terminal
        self.environment = environment
        self.api = api
        self.topics = topics
        self.stored = stored
        self.publishFailure = publishFailure
        var first = State()
        first.input = input
        first.now = Samples.now
        state = Mutex(first)
    }

    var out: String { state.withLock { $0.out } }
    var error: String { state.withLock { $0.error } }
    var published: [OutgoingRecord] { state.withLock { $0.published } }
    var paths: [String] { state.withLock { $0.paths } }
    var now: Timestamp { state.withLock { $0.now } }
    /// Records of a topic that were handed to whoever read it.
    var handedOver: Int { state.withLock { $0.handedOver } }

    var context: CommandContext {
        CommandContext(
            console: Console(
                writeOut: { text in self.state.withLock { $0.out += text } },
                writeError: { text in self.state.withLock { $0.error += text } },
                readLine: { self.state.withLock { $0.input.isEmpty ? nil : $0.input.removeFirst() } },
                terminal: terminal),
            environment: environment, now: { self.now },
            pause: { milliseconds in
                self.state.withLock { $0.now = $0.now.adding(milliseconds: milliseconds) }
            },
            newID: {
                let number = self.state.withLock { state in
                    state.ids += 1
                    return state.ids
                }
                return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - "\(number)".count) + "\(number)"
            },
            statusClient: { section in
                StatusClient(
                    baseURL: section.baseURL,
                    get: { path in
                        self.state.withLock { $0.paths.append(path) }
                        return try self.api(path, self)
                    })
            }, broker: { _ in self.broker }, endQuietlyOnTermination: {})
    }

    private var broker: BrokerClient {
        BrokerClient(
            publish: { records in
                if let failure = self.publishFailure { throw failure }
                self.state.withLock { $0.published += records }
            },
            read: { _, each in
                for record in self.stored {
                    self.state.withLock { $0.handedOver += 1 }
                    if !each(record) { return }
                }
            },
            describe: { names in self.topics.filter { names.contains($0.key) } },
            create: { topics in
                self.state.withLock { state in
                    state.published += topics.map {
                        OutgoingRecord(topic: $0.name, partition: nil, key: nil, value: nil, headers: HeaderBlock())
                    }
                }
            }, probeTransaction: { _ in .works }, library: { ("librdkafka 2.0.2", ["ssl", "sasl"]) })
    }

    /// Parses a command line, without `habeas` at its front, and runs it; the exit code.
    func run(_ arguments: String...) async throws -> Int32 {
        try await run(arguments)
    }

    func run(_ arguments: [String]) async throws -> Int32 {
        var command = try HabeasCommand.parseAsRoot(arguments)
        return try await CommandContext.$current.withValue(context) {
            do {
                if var command = command as? any AsyncParsableCommand {
                    try await command.run()
                } else {
                    try command.run()
                }
                return 0
            } catch let code as ExitCode {
                return code.rawValue
            }
        }
    }
}

extension TerminalFacts {
    /// As wide as goldens are: no terminal otherwise, so without colours.
    static let golden: TerminalFacts = {
        var terminal = TerminalFacts.none
        terminal.width = 108
        return terminal
    }()
}

/// Whatever a shell would make of a line: words, single and double quotes.
func shellWords(_ line: String) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for character in line {
        if let open = quote {
            if character == open { quote = nil } else { word = (word ?? "") + String(character) }
        } else if character == "\"" || character == "'" {
            quote = character
            word = word ?? ""
        } else if character == " " {
            if let done = word { words.append(done) }
            word = nil
        } else {
            word = (word ?? "") + String(character)
        }
    }
    if let done = word { words.append(done) }
    return words
}

/// A folder of its own for a test, gone with it.
struct ScratchFolder: ~Copyable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("habeas-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch {
            Issue.record("the scratch folder is left over: \(error)")
        }
    }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        let file = path + "/" + name
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        return file
    }
}
