import SagaKernel
import Testing

@testable import Simulation

/// The rules by which a simulation judges: what is right must not be called a fault, and what is wrong must.
@Suite struct SagaRulebookTests {
    private static let now = Timestamp(milliseconds: 1_793_631_600_000)
    private static let path = "archive/erase"

    /// A saga whose sinks are open, and what became of it in one step.
    private func step(_ verdicts: [Acknowledgement.Verdict]) -> (before: Saga, after: Saga) {
        let hub = "contoso.azure-devices.net"
        let request = Request(
            id: RequestID(high: 1, low: 2), type: .erasure, submitted: Self.now,
            subjects: [Subject(hub: hub, deviceID: "thermostat-17")], subjectRefs: [SubjectRef(1, 2, 3, 4)],
            subjectRef: SubjectRef(5, 6, 7, 8), meaning: Fingerprint(high: 9, low: 10))
        let endpoints = [
            Endpoint(id: "archive", kind: "storage_container", connector: "files", stage: .sinks, actions: [.erase]),
            Endpoint(id: "logs", kind: "log_storage_archive", connector: "files", stage: .logs, actions: [.erase]),
        ]
        let plan = HubPlan(host: hub, fingerprint: Fingerprint(high: 11, low: 12), endpoints: endpoints)
        let before = Saga.begin(request, plans: [plan], homePartition: 0, now: Self.now, rules: SagaRules()).saga
        var after = before
        var directives = Directives()
        for verdict in verdicts {
            let said = Acknowledgement(
                requestID: request.id, taskPath: Self.path, epoch: 1, attempt: 1, verdict: verdict)
            after.acknowledged(said, now: Self.now, rules: SagaRules(), &directives)
        }
        return (before, after)
    }

    private func fault(_ step: (before: Saga, after: Saga), _ said: Set<PendingReason>) -> String? {
        var chronicle = Chronicle()
        let attempt = Chronicle.Attempt(path: Self.path, epoch: 1, attempt: 1)
        chronicle.patience[attempt] = said
        chronicle.failures = [attempt]
        return SagaRulebook.fault(
            from: step.before, to: step.after, chronicle, nowMs: Self.now.milliseconds(since: Self.now), skewMs: 0)
    }

    @Test func `a stage may be left in a step in which a task first waits and then fails`() throws {
        let failed = Acknowledgement.Verdict.failed(
            TaskError(code: .unavailable), retryable: true, retryAfterMs: nil)
        let step = step([.pending(.operationRunning, resumeAt: nil, continuation: nil), failed])
        #expect(step.before.stages.first { $0.stage == .sinks }?.leftAt == nil)
        try #require(step.after.stages.first { $0.stage == .sinks }?.leftAt != nil)
        #expect(step.after.tasks[0].phase == .waiting(.retry))
        #expect(fault(step, [.operationRunning]) == nil)
        // Who only asked for patience, or said nothing, held the stage all the time.
        #expect(fault(step, [.throttled]) == "sinks was left while archive/erase was waiting")
        #expect(fault(step, []) == "sinks was left while archive/erase was waiting")
    }
}
