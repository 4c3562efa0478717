import SagaKernel
import Testing

@Suite struct PlanningTests {
    @Test func `an erasure visits source, sinks and logs, and verifies what can come back`() {
        let walk = Walk([
            .of("registry", .source), .of("archive", .sinks) { $0.reverifyMs = [1, 2, 3] }, .of("workspace", .logs),
        ])
        #expect(walk.saga.stages.map(\.stage) == [.source, .sinks, .logs])
        #expect(
            walk.saga.tasks.map { walk.saga.path(of: $0) } == [
                "registry/erase", "archive/erase", "archive/verify-1", "archive/verify-2", "archive/verify-3",
                "workspace/erase",
            ])
        #expect(walk.saga.tasks.map(\.stage) == [.source, .sinks, .verify, .verify, .verify, .logs])
        #expect(walk.told == ["received:erasure", "planned", "dispatched"])
        #expect(walk.dispatches.map(\.task) == [0])
    }

    @Test(arguments: [RequestType.access, .portability])
    func `access and portability have the export stage alone`(_ type: RequestType) {
        let walk = Walk([.of("registry", .source), .of("archive", .sinks) { $0.reverifyMs = [1] }], type: type)
        #expect(walk.saga.stages.map(\.stage) == [.export])
        #expect(walk.saga.tasks.map { walk.saga.path(of: $0) } == ["registry/export", "archive/export"])
        // Nothing is destroyed, so nothing has to wait for anything else.
        #expect(walk.dispatches.count == 2)
    }

    @Test(arguments: [(Stage.export, Stage.source), (.verify, .logs), (.sinks, .sinks)])
    func `an endpoint is never planned into a stage that an erasure does not open`(_ asked: Stage, _ planned: Stage) {
        #expect(Walk([.of("odd", asked)]).saga.tasks.map(\.stage) == [planned])
    }

    @Test func `an excluded endpoint has no task but a disclosure`() {
        let walk = Walk([.of("registry", .source), .of("archive", .sinks)]) { $0.excludedEndpoints = ["archive"] }
        #expect(walk.saga.tasks.count == 1)
        #expect(walk.saga.disclosures == [Disclosure(system: "archive", reason: "excluded")])
    }

    @Test(arguments: [(RequestType.erasure, TaskAction.export), (.access, .erase), (.portability, .erase)])
    func `an endpoint that cannot do what is asked is disclosed as unsupported`(
        _ type: RequestType, _ able: TaskAction
    ) {
        let walk = Walk([.of("webhook", .sinks) { $0.actions = [able] }], type: type)
        #expect(walk.saga.tasks.isEmpty)
        #expect(walk.saga.disclosures == [Disclosure(system: "webhook", reason: "unsupported")])
    }

    @Test func `what the hubs disclose is told once`() {
        let logs = Disclosure(system: "iot_hub_system_logs", reason: "system_generated")
        let walk = Walk(plans: [
            .of("a.example", [.of("a", .source)], disclosures: [logs]),
            .of("b.example", [.of("b", .source)], disclosures: [logs]),
        ])
        #expect(walk.saga.disclosures == [logs])
    }

    @Test func `every hub of the request is visited, stage by stage together`() {
        var walk = Walk(plans: [
            .of("a.example", [.of("a", .source), .of("a-sink", .sinks)]),
            .of("bb.example", [.of("b", .source), .of("b-sink", .sinks)]),
        ])
        #expect(walk.saga.tasks.map(\.hub) == [0, 0, 1, 1])
        walk.complete("a/erase")
        #expect(walk.phase("a-sink/erase") == .blocked)
        walk.complete("b/erase")
        #expect(walk.phase("a-sink/erase") == .dispatched)
        #expect(walk.phase("b-sink/erase") == .dispatched)
    }

    @Test func `a dry run shows its plan and dispatches nothing`() {
        var walk = Walk([.of("registry", .source) { $0.reverifyMs = [1] }]) { $0.dryRun = true }
        #expect(walk.saga.tasks.map(\.phase) == [.skipped, .skipped])
        #expect(walk.saga.state == .completed)
        #expect(walk.saga.finished == .start)
        #expect(walk.dispatches.isEmpty)
        #expect(Set(walk.saga.stageStates.map(\.state)) == [.done])
        for verb: Command.Verb in [.replay(tasks: [], scope: .all), .cancel, .hold] {
            walk.command(verb)
            #expect(walk.toldLast == ["command_refused:dry_run"])
        }
        walk.wait(60 * Milliseconds.day)
        #expect(walk.dispatches.isEmpty)
    }

    @Test func `a request with nothing to do is completed at once`() {
        let walk = Walk([.of("only", .source)]) { $0.excludedEndpoints = ["only"] }
        #expect(walk.saga.state == .completed)
        #expect(walk.saga.finished == .start)
    }

    @Test func `a repeated request has its status published again and nothing else`() {
        var walk = Walk([.of("registry", .source)])
        let before = walk.saga
        walk.requestAgain()
        #expect(walk.saga == before)
        #expect(walk.last.republishes)
        #expect(walk.toldLast == ["duplicate"])
    }

    @Test func `a changed catalogue marks the plan and leaves it as it is`() {
        var walk = Walk([.of("registry", .source), .of("archive", .sinks)])
        let fingerprint = walk.saga.plans[0].fingerprint
        let tasks = walk.saga.tasks
        walk.catalogue { _ in Fingerprint(high: 9, low: 9) }
        #expect(walk.saga.isPlanOutdated)
        #expect(walk.saga.tasks == tasks)
        walk.catalogue { _ in fingerprint }
        #expect(!walk.saga.isPlanOutdated)
        walk.catalogue { _ in nil }
        #expect(walk.saga.isPlanOutdated)
    }
}
