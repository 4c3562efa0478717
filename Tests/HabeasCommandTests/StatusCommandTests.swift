import ArgumentParser
import Contract
import Foundation
import SagaKernel
import Testing

@testable import habeas

struct StatusCommandTests {
    private func world(_ json: String, terminal: TerminalFacts = .none) -> FakeWorld {
        FakeWorld(terminal: terminal) { path, _ in
            path == "/v1/requests/\(Samples.id)" ? Samples.reply(json) : Samples.unknown
        }
    }

    @Test func `a request is shown with what every endpoint waits for and until when`() async throws {
        let world = world(Samples.erasure, terminal: .golden)
        _ = try await world.run("status", Samples.id)
        #expect(world.out == Goldens.status)
    }

    @Test func `the timeline is shown on request`() async throws {
        let world = world(Samples.erasure, terminal: .golden)
        _ = try await world.run("status", Samples.id, "--timeline")
        #expect(world.out == Goldens.status + "\n" + Goldens.timeline)
    }

    @Test func `in a pipe nothing is cut off and nothing left out`() async throws {
        let world = world(Samples.erasure)
        _ = try await world.run("status", Samples.id)
        let lines = world.out.split(separator: "\n")
        let heading = try #require(lines.first { $0.hasPrefix("STAGE") })
        for title in ["STAGE", "ENDPOINT", "KIND", "ACTION", "STATE", "TRIES", "EPOCH", "SINCE", "UNTIL"] {
            #expect(heading.contains(title))
        }
        #expect(!world.out.contains("…"))
        #expect(world.out.contains("log_analytics_workspace"))
    }

    @Test func `on a narrow terminal no line is wider than it`() throws {
        for width in [80, 100, 120] {
            let view = StatusView(
                answer: try Samples.answer(Samples.erasure), now: Samples.now, width: width, colours: false,
                showsTimeline: true)
            for line in view.lines() { #expect(TextWidth.columns(line) <= width, "\(line)") }
        }
    }

    @Test func `colours add only colours`() throws {
        var view = StatusView(answer: try Samples.answer(Samples.erasure), now: Samples.now, width: 100, colours: true)
        let coloured = view.lines().joined(separator: "\n")
        view.colours = false
        let plain = view.lines().joined(separator: "\n")
        #expect(coloured != plain)
        #expect(coloured.replacing(/\u{1B}\[[0-9;]*m/, with: "") == plain)
    }

    @Test func `json is what the API said, unchanged`() async throws {
        let body = #"{ "request_id" : "x", "a_field_of_the_future":1,"#
        let json = body + Samples.erasure.dropFirst(1 + #""request_id":"\#(Samples.id)","#.count)
        let world = world(json)
        _ = try await world.run("status", Samples.id, "--json")
        #expect(world.out == json + "\n")
    }

    @Test(arguments: [
        ("completed", 0), ("completed_with_exceptions", 0), ("failed", 1), ("cancelled", 1), ("rejected", 1),
        ("in_progress", 2), ("on_hold", 2), ("a_state_of_the_future", 2),
    ])
    func `the exit code tells the state`(_ state: String, _ code: Int32) async throws {
        #expect(try await world(Samples.erasure(state: state)).run("status", Samples.id) == code)
    }

    @Test func `an unknown id, a silent API and a foreign server have codes of their own`() async throws {
        #expect(try await world("").run("status", Samples.otherID) == 3)
        let silent = FakeWorld { _, _ in throw StatusFailure.unreachable(url: "http://x", reason: "refused") }
        #expect(try await silent.run("status", Samples.id) == 4)
        #expect(silent.error.contains("http://x cannot be reached: refused"))
        let elsewhere = FakeWorld { _, _ in HTTPReply(code: 404, body: Array("<html>".utf8)) }
        #expect(try await elsewhere.run("status", Samples.id) == 4)
        let foreign = FakeWorld { _, _ in Samples.reply("<html>") }
        #expect(try await foreign.run("status", Samples.id) == 4)
        let broken = FakeWorld { _, _ in
            HTTPReply(code: 503, body: Array(#"{"title":"Not ready","detail":"restore"}"#.utf8))
        }
        #expect(try await broken.run("status", Samples.id) == 4)
        #expect(broken.error.contains("answered 503: Not ready: restore"))
    }

    @Test func `usage is 64 and configuration 78`() async throws {
        #expect(HabeasCommand.exitCode(for: Self.parseError(["status", "not-a-uuid"])) == ExitCode(64))
        #expect(
            HabeasCommand.exitCode(for: Self.parseError(["status", Samples.id, "--json", "--watch"])) == ExitCode(64))
        let world = FakeWorld(environment: ["HABEAS_LANES": "x", "HABEAS_FOO": "y"])
        #expect(try await world.run("status", Samples.id) == 78)
        #expect(world.error.contains("the configuration has 2 faults"))
        #expect(try await FakeWorld().run("submit", "--type", "erasure", "--device", "a.b/c") == 78)
    }

    static func parseError(_ arguments: [String]) -> any Error {
        do {
            _ = try HabeasCommand.parseAsRoot(arguments)
            return CleanExit.message("it was understood")
        } catch {
            return error
        }
    }

    @Test func `watching ends when the request ends, with its code`() async throws {
        let world = FakeWorld { _, world in
            let done = world.now > Samples.now.adding(milliseconds: 5_000)
            return Samples.reply(
                done
                    ? Samples.erasure(state: "completed", replacing: [("\"version\":7", "\"version\":8")])
                    : Samples.erasure)
        }
        #expect(try await world.run("status", Samples.id, "--watch") == 0)
        #expect(world.out.split(separator: "\n").count { $0.hasPrefix("State") } == 2)
        #expect(world.paths.count == 4)
    }

    @Test func `a state is known by its word, and the words of the contract are all there`() {
        #expect(RequestState.known.count == 7)
        for state in RequestState.known { #expect(RequestState(state.text) == state) }
    }

    @Test(arguments: [
        ("dispatched", #""#, "acknowledgement"), ("waiting", #""reason":"awaiting_owner","#, "owner"),
        ("waiting", #""reason":"retention","#, "retention"),
        ("waiting", #""reason":"retry","error":{"code":"timeout"},"#, "next attempt, after timeout"),
        ("waiting", #""reason":"settle","#, "settle time"),
        ("waiting", #""reason":"a_reason_of_the_future","#, "a reason of the future"),
        ("skipped", #""reason":"operator","#, "operator"),
        ("succeeded", #""outcome":"erased","record_count":1412,"#, "erased, 1412 records"),
    ])
    func `every wait is told in words`(_ state: String, _ extra: String, _ words: String) throws {
        let task = """
            {"task_id":"t","endpoint_id":"e","kind":"other","action":"erase","stage":"sinks","state":"\(state)",\
            \(extra)"epoch":1,"attempts":1,"since":"2026-11-02T15:00:30Z","verified":"none"}
            """
        let start = try #require(Samples.erasure.range(of: "\"tasks\":["))
        let end = try #require(Samples.erasure.range(of: "],\"disclosures\""))
        let json = Samples.erasure[..<start.upperBound] + task + Samples.erasure[end.lowerBound...]
        let answer = try Samples.answer(String(json))
        #expect(TaskWords(answer.status.tasks[0], in: answer.status).detail == words)
    }
}
