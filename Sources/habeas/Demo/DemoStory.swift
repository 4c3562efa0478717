import Contract
import Foundation
import Kafka
import SagaKernel

/// Tells what happens to the demo's two requests, while it happens, from what the status API says and nothing else.
final class DemoStory {
    let console: Console
    let client: StatusClient
    let publisher: DemoPublisher
    let coldStore: DemoColdStore
    /// Timeline entries told so far, by request.
    private var told: [RequestID: Int] = [:]
    private let isSilent: Bool

    /// The story waits for each thing it expects no longer than this.
    private static let patienceSeconds = 90.0

    init(console: Console, client: StatusClient, publisher: DemoPublisher, coldStore: DemoColdStore, isSilent: Bool) {
        self.console = console
        self.client = client
        self.publisher = publisher
        self.coldStore = coldStore
        self.isSilent = isSilent
    }

    func say(_ text: String, _ tone: Tone = .plain) {
        if !isSilent { console.out(Styled(text, tone).rendered(colours: console.terminal.colours)) }
    }

    func heading(_ text: String) {
        say("")
        say(text, .strong)
    }

    /// Runs the story to its end and returns what the API says of both requests then.
    func run() async throws -> (erasure: RequestAnswer, access: RequestAnswer) {
        let erasure = RequestID(UUID().uuidString) ?? RequestID(high: 1, low: 1)
        let access = RequestID(UUID().uuidString) ?? RequestID(high: 2, low: 2)
        heading(
            "Two people ask: \(DemoScene.erased) is to be forgotten, and a copy of \(DemoScene.exported)'s data made.")
        try await publisher.submit(erasure, .erasure, device: DemoScene.erased)
        try await publisher.submit(access, .access, device: DemoScene.exported)
        say("  erasure  \(erasure)")
        say("  access   \(access)")

        heading("Each place that holds data gets its task, in order: the source, then the sinks, then the logs.")
        try await follow([erasure, access], "the cold store's refusal") { answers in
            answers[erasure]?.task("cold-store")?.state == "failed"
        }

        heading("The former warehouse is known to a person alone. Its owner has looked, and an operator attests it.")
        try await publisher.command(
            .attest(tasks: ["former-warehouse/erase"], outcome: .attested, evidence: []), erasure,
            reason: "owner confirmed by letter", home: try await home(of: erasure))

        try await follow([erasure, access], "the erasure to be parked") { answers in
            answers[erasure]?.status.state == "failed"
        }

        heading("One place failed, all else is done: the request is parked, not ended. The key is mended; replay.")
        coldStore.mend()
        try await publisher.command(
            .replay(tasks: [], scope: .failed), erasure, reason: "key mended", home: try await home(of: erasure))
        let end = try await follow([erasure, access], "both requests to end") { answers in
            answers[erasure]?.status.state == "completed" && answers[access]?.status.state == "completed"
        }
        guard let erased = end[erasure], let exported = end[access] else {
            throw DemoFault.waitedInVain("both requests")
        }
        return (erased, exported)
    }

    private func home(of id: RequestID) async throws -> Int32 {
        guard let answer = try await client.request(id: id) else { throw DemoFault.waitedInVain("the home partition") }
        return answer.status.homePartition
    }

    /// Tells every new timeline entry until the condition holds.
    @discardableResult
    private func follow(
        _ ids: [RequestID], _ what: String, until condition: ([RequestID: RequestAnswer]) -> Bool
    ) async throws -> [RequestID: RequestAnswer] {
        let deadline = Date().addingTimeInterval(Self.patienceSeconds)
        var answers: [RequestID: RequestAnswer] = [:]
        while true {
            for id in ids { answers[id] = try await client.request(id: id) ?? answers[id] }
            tell(answers)
            if condition(answers) { return answers }
            if Date() > deadline { throw DemoFault.waitedInVain(what) }
            try await Task.sleep(for: .milliseconds(150))
        }
    }

    /// Tells what is new, in the order of its time.
    private func tell(_ answers: [RequestID: RequestAnswer]) {
        var news: [(event: TimelineDocument.EventDocument, type: String)] = []
        for (id, answer) in answers {
            let fresh = answer.timeline.dropFirst(told[id] ?? 0)
            news += fresh.map { ($0, answer.status.requestType ?? "") }
            told[id] = answer.timeline.count
        }
        for (event, type) in news.sorted(by: { $0.event.time < $1.event.time }) { tell(event, type: type) }
    }

    private func tell(_ event: TimelineDocument.EventDocument, type: String) {
        let time = event.time.dropFirst(11).prefix(8)
        let place = event.taskID.map { String($0.dropFirst(37)) } ?? ""
        let words = [TaskWords.plain(event.event), event.code.map(TaskWords.plain), event.reason]
        let text = words.compactMap(\.self).joined(separator: ", ")
        let tone: Tone =
            switch event.event {
            case "acknowledged": event.code == "forbidden" ? .bad : .good
            case "command_applied", "state_changed": .strong
            default: .faint
            }
        say("  \(time)  \(type.padding(7))  \(place.padding(28))  \(text)", tone)
    }
}

enum DemoFault: Error, CustomStringConvertible {
    case waitedInVain(String)

    var description: String {
        switch self {
        case .waitedInVain(let what): "the demo waited in vain for \(what)"
        }
    }
}

extension String {
    func padding(_ width: Int) -> String { padding(toLength: Swift.max(width, count), withPad: " ", startingAt: 0) }
}

extension RequestAnswer {
    func task(_ endpoint: String, action: String = "erase") -> StatusDocument.TaskDocument? {
        status.tasks.first { $0.endpointID == endpoint && $0.action == action }
    }
}
