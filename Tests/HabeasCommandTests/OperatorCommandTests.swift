import ArgumentParser
import Contract
import Foundation
import SagaKernel
import Testing

@testable import habeas

struct OperatorCommandTests {
    static let broker = ["--bootstrap-servers", "kafka:9092"]

    /// One request under its id, or a page of failed ones.
    private func world(
        _ status: @escaping @Sendable (FakeWorld) -> String, terminal: TerminalFacts = .none, input: [String] = [],
        publishFailure: BrokerFailure? = nil
    ) -> FakeWorld {
        FakeWorld(terminal: terminal, input: input, publishFailure: publishFailure) { path, world in
            if path.hasPrefix("/v1/requests?") {
                let isFirst = !path.contains("cursor=")
                let status = isFirst ? status(world) : Samples.erasure(state: "failed", id: Samples.otherID)
                return Samples.reply("{\"requests\":[\(status)],\"next_cursor\":\(isFirst ? "\"2\"" : "null")}")
            }
            return path.contains(Samples.id) ? Samples.reply(status(world)) : Samples.unknown
        }
    }

    private func fields(_ record: OutgoingRecord) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(record.value ?? []))
        return try #require(object as? [String: Any])
    }

    @Test func `a replay goes to the request's home partition with the operator's name and reason`() async throws {
        let world = world { _ in Samples.erasure(state: "failed") }
        #expect(try await world.run(["replay", Samples.id, "--reason", "INC-42", "--yes"] + Self.broker) == 0)
        let record = try #require(world.published.first)
        #expect(record.topic == "habeas.commands")
        #expect(record.partition == 3)
        #expect(String(decoding: record.key ?? [], as: UTF8.self) == Samples.id)
        let fields = try fields(record)
        #expect(fields["command"] as? String == "replay")
        #expect(fields["operator"] as? String == "dana")
        #expect(fields["reason"] as? String == "INC-42")
        #expect(fields["home_partition"] as? Int == 3)
        #expect(fields["command_id"] as? String == "00000000-0000-4000-8000-000000000001")
        #expect(fields["tasks"] == nil, "all failed tasks are meant")
        #expect(record.headers.headers.contains(RecordHeader("ce_type", Array("dev.habeas.command.v1".utf8))))
        #expect(world.out.contains("dashboards/erase"))
    }

    @Test func `many failed requests are gathered page by page and restricted to an endpoint`() async throws {
        let world = world { _ in Samples.erasure(state: "failed") }
        let code = try await world.run(
            ["replay", "--state", "failed", "--endpoint", "dashboards", "--reason", "x", "--yes"] + Self.broker)
        #expect(code == 0)
        #expect(world.published.count == 2)
        #expect(try fields(world.published[0])["tasks"] as? [String] == ["\(Samples.id)/dashboards/erase"])
        #expect(world.paths[0] == "/v1/requests?state=failed&endpoint=dashboards&limit=1000")
        #expect(world.paths[1].contains("cursor=2"))
    }

    @Test func `commands of which nobody knows whether they were written are named`() async throws {
        let arguments = ["replay", Samples.id, "--reason", "INC-42", "--yes"] + Self.broker
        let unsure = world({ _ in Samples.erasure(state: "failed") }, publishFailure: .unreachable("timed out"))
        #expect(try await unsure.run(arguments) == 69)
        #expect(
            unsure.error.contains(
                "\(Samples.id)  replay  command 00000000-0000-4000-8000-000000000001  perhaps not written"))
        let certain = world({ _ in Samples.erasure(state: "failed") }, publishFailure: .unknownTopic("habeas.commands"))
        #expect(try await certain.run(arguments) != 0)
        #expect(!certain.error.contains("perhaps"))
    }

    @Test func `without a terminal and without the flag nothing is sent`() async throws {
        let world = world { _ in Samples.erasure(state: "failed") }
        #expect(try await world.run(["replay", Samples.id, "--reason", "x"] + Self.broker) == 64)
        #expect(world.published.isEmpty)
        #expect(world.error.contains("--yes"))
    }

    @Test(arguments: [("y", 1, Int32(0)), ("n", 0, Int32(1))])
    func `at a terminal the plan is shown first and the answer counts`(
        _ answer: String, _ sent: Int, _ code: Int32
    ) async throws {
        var terminal = TerminalFacts.none
        terminal.inIsTerminal = true
        let world = world({ _ in Samples.erasure(state: "failed") }, terminal: terminal, input: [answer])
        #expect(try await world.run(["replay", Samples.id, "--reason", "x"] + Self.broker) == code)
        #expect(world.published.count == sent)
        #expect(world.error.hasPrefix("Replay 1 task of 1 request? [y/N] "))
    }

    @Test func `a dry run shows the plan and sends nothing`() async throws {
        let world = world({ _ in Samples.erasure(state: "failed") }, terminal: .golden)
        #expect(try await world.run(["replay", Samples.id, "--reason", "x", "--dry-run"] + Self.broker) == 0)
        #expect(world.published.isEmpty)
        #expect(world.out == Goldens.replayPlan)
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        var arguments: [String]
        var state: String
        var why: String
        var testDescription: String { "\(arguments[0]) when \(state)" }
    }

    @Test(arguments: [
        Refused(arguments: ["replay"], state: "cancelled", why: "it is cancelled"),
        Refused(arguments: ["replay", "--task", "registry/erase"], state: "failed", why: "no such task has failed"),
        Refused(arguments: ["cancel"], state: "completed", why: "it has ended"),
        Refused(arguments: ["hold"], state: "on_hold", why: "it is on hold already"),
        Refused(arguments: ["hold"], state: "completed", why: "it has ended"),
        Refused(arguments: ["release"], state: "in_progress", why: "it is not on hold"),
        Refused(arguments: ["release"], state: "failed", why: "it is not on hold"),
        Refused(
            arguments: ["extend", "--until", "2026-11-20"], state: "in_progress", why: "it is due later than that"),
        Refused(arguments: ["extend", "--until", "2027-01-20"], state: "completed", why: "it has ended"),
        Refused(arguments: ["skip", "--task", "registry/erase"], state: "failed", why: "that task has succeeded"),
        Refused(
            arguments: ["attest", "--endpoint", "nowhere"], state: "failed", why: "it has no such task; it has registry"
        ),
    ])
    func `what is bound to be refused is not sent`(_ refused: Refused) async throws {
        let world = world { _ in Samples.erasure(state: refused.state) }
        let code = try await world.run(
            [refused.arguments[0], Samples.id] + refused.arguments.dropFirst() + ["--reason", "x", "--yes"]
                + Self.broker)
        #expect(code == 1)
        #expect(world.published.isEmpty)
        #expect(world.out.contains("left alone: \(refused.why)"))
    }

    @Test(arguments: [
        (["cancel"], "in_progress", ["command": "cancel"]), (["hold"], "in_progress", ["command": "hold"]),
        (["cancel"], "failed", ["command": "cancel"]), (["hold"], "failed", ["command": "hold"]),
        (["cancel"], "on_hold", ["command": "cancel"]),
        (["release"], "on_hold", ["command": "release"]),
        (["extend", "--until", "2027-01-31"], "in_progress", ["command": "extend", "until": "2027-01-31T23:59:59Z"]),
        (["replay", "--scope", "all"], "completed", ["command": "replay", "scope": "all"]),
        (["attest", "--endpoint", "dashboards"], "failed", ["command": "attest", "outcome": "attested"]),
        (
            ["attest", "--endpoint", "dashboards", "--outcome", "already_absent"], "failed",
            ["outcome": "already_absent"]
        ),
    ])
    func `each command is sent as the contract has it`(
        _ arguments: [String], _ state: String, _ expected: [String: String]
    ) async throws {
        let world = world { _ in Samples.erasure(state: state) }
        let code = try await world.run(
            [arguments[0], Samples.id] + arguments.dropFirst() + ["--reason", "x", "--yes", "--operator", "kim"]
                + Self.broker)
        #expect(code == 0)
        let fields = try fields(try #require(world.published.first))
        for (name, value) in expected { #expect(fields[name] as? String == value, "\(name)") }
        #expect(fields["operator"] as? String == "kim")
    }

    @Test func `skip names exactly the tasks that are meant`() async throws {
        let world = world { _ in Samples.erasure(state: "failed") }
        _ = try await world.run(
            [
                "skip", Samples.id, "--task", "dashboards/erase", "--task", "\(Samples.id)/hub-logs/erase", "--reason",
                "x",
            ]
                + ["--yes"] + Self.broker)
        #expect(
            try fields(try #require(world.published.first))["tasks"] as? [String]
                == ["\(Samples.id)/dashboards/erase", "\(Samples.id)/hub-logs/erase"])
    }

    private static func event(_ event: String, _ extra: String = "") -> String {
        "{\"time\":\"2026-11-02T18:00:01Z\",\"event\":\"\(event)\","
            + "\"command_id\":\"00000000-0000-4000-8000-000000000001\"\(extra)},"
    }

    @Test func `waiting follows a replay from the command to the end of the request`() async throws {
        let world = world { world in
            let elapsed = world.now.milliseconds(since: Samples.now)
            // The old state stands until the command is applied: it must not be taken for the end.
            if elapsed < 3_000 { return Samples.erasure(state: "failed") }
            return Samples.erasure(
                state: elapsed < 6_000 ? "in_progress" : "completed",
                replacing: [
                    ("\"timeline\":[", "\"timeline\":[" + Self.event("command_applied")),
                    ("\"version\":7", "\"version\":\(elapsed < 6_000 ? 8 : 9)"),
                ])
        }
        let code = try await world.run(["replay", Samples.id, "--reason", "x", "--yes", "--wait"] + Self.broker)
        #expect(code == 0)
        #expect(world.now == Samples.now.adding(milliseconds: 6_000))
        #expect(world.out.contains("applied, ended completed"))
    }

    @Test func `the end that stood before a replay is not taken for its end`() async throws {
        let world = world { world in
            let elapsed = world.now.milliseconds(since: Samples.now)
            // The timeline is ahead of the status for a moment: they are two topics.
            let applied = [("\"timeline\":[", "\"timeline\":[" + Self.event("command_applied"))]
            if elapsed < 2_000 { return Samples.erasure(state: "failed", replacing: applied) }
            return Samples.erasure(
                state: elapsed < 4_000 ? "in_progress" : "completed",
                replacing: applied + [("\"version\":7", "\"version\":\(elapsed < 4_000 ? 8 : 9)")])
        }
        let code = try await world.run(["replay", Samples.id, "--reason", "x", "--yes", "--wait"] + Self.broker)
        #expect(code == 0)
        #expect(world.out.contains("applied, ended completed"))
    }

    @Test func `a refusal is printed with its reason and is a no`() async throws {
        let world = world { _ in
            Samples.erasure(
                state: "in_progress",
                replacing: [
                    (
                        "\"timeline\":[",
                        "\"timeline\":[" + Self.event("command_refused", ",\"reason\":\"not in this state\"")
                    )
                ])
        }
        let code = try await world.run(["hold", Samples.id, "--reason", "x", "--yes", "--wait"] + Self.broker)
        #expect(code == 1)
        #expect(world.out.contains("refused: not in this state"))
    }

    @Test func `a hold is waited for until it is applied, not until the request ends`() async throws {
        let world = world { _ in
            Samples.erasure(
                state: "in_progress", replacing: [("\"timeline\":[", "\"timeline\":[" + Self.event("command_applied"))])
        }
        #expect(try await world.run(["hold", Samples.id, "--reason", "x", "--yes", "--wait"] + Self.broker) == 0)
        #expect(world.now == Samples.now)
    }

    @Test func `a wait with a limit ends, and says whether the command was decided`() async throws {
        let world = world { _ in Samples.erasure(state: "failed") }
        let code = try await world.run(
            ["replay", Samples.id, "--reason", "x", "--yes", "--wait", "--timeout", "PT5S", "--json"] + Self.broker)
        #expect(code == 1)
        #expect(world.out.contains("\"result\":\"timed_out\""))
    }

    @Test func `a restart of the coordinator does not end a wait, a long silence does`() async throws {
        let world = FakeWorld { path, world in
            let elapsed = world.now.milliseconds(since: Samples.now)
            if elapsed > 0, elapsed < 20_000 { throw StatusFailure.unreachable(url: "http://x", reason: "refused") }
            return Samples.reply(
                Samples.erasure(
                    state: elapsed == 0 ? "failed" : "completed",
                    replacing: elapsed == 0
                        ? []
                        : [
                            ("\"timeline\":[", "\"timeline\":[" + Self.event("command_applied")),
                            ("\"version\":7", "\"version\":9"),
                        ]))
        }
        #expect(try await world.run(["replay", Samples.id, "--reason", "x", "--yes", "--wait"] + Self.broker) == 0)
        let gone = FakeWorld { path, world in
            if world.now > Samples.now { throw StatusFailure.unreachable(url: "http://x", reason: "refused") }
            return Samples.reply(Samples.erasure(state: "failed"))
        }
        #expect(try await gone.run(["replay", Samples.id, "--reason", "x", "--yes", "--wait"] + Self.broker) == 69)
    }

    @Test func `an unknown id stops before anything is sent`() async throws {
        let world = world { _ in Samples.erasure(state: "failed") }
        #expect(
            try await world.run(["cancel", Samples.id, Samples.otherID, "--reason", "x", "--yes"] + Self.broker) == 1)
        #expect(world.published.isEmpty)
    }

    @Test(arguments: [
        ["replay", "--reason", "x"], ["replay", Samples.id, "--state", "failed", "--reason", "x"],
        ["replay", Samples.id], ["skip", Samples.id, "--reason", "x"], ["attest", Samples.id, "--reason", "x"],
        ["replay", "--state", "completed", "--reason", "x"], ["cancel", Samples.id, "--reason", "  "],
        ["extend", Samples.id, "--reason", "x"], ["hold", Samples.id, "--reason", "x", "--timeout", "PT1S"],
    ])
    func `an incomplete command line is refused by the parser`(_ arguments: [String]) {
        let error = StatusCommandTests.parseError(arguments)
        #expect(HabeasCommand.exitCode(for: error) == CommandExit.usage)
    }
}
