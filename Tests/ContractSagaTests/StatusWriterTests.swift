import Contract
import Foundation
import SagaKernel
import Testing

@Suite struct StatusWriterTests {
    @Test func `a status says of a random saga what the saga is, field by field`() throws {
        for seed in 0..<150 as Range<UInt64> {
            var driver = SagaDriver(seed: 90_000 + seed)
            for _ in 0..<Int(seed % 50) {
                let event = driver.nextEvent()
                driver.accept(driver.happen(event))
            }
            _ = driver.endTurn()
            let bytes = StatusText.bytes(driver.saga)
            let status = try JSONDecoder().decode(StatusDocument.self, from: Data(bytes))
            StatusWriterTests.compare(status, driver.saga)
            try expectNames(bytes, of: driver.saga)
        }
    }

    @Test func `a status has the names of the contract and no others`() throws {
        let driver = SagaDriver(seed: 7)
        let object = try JSONSerialization.jsonObject(with: Data(StatusText.bytes(driver.saga))) as? [String: Any]
        #expect(
            Set(object?.keys.map { $0 } ?? []) == [
                "request_id", "term", "version", "home_partition", "dry_run", "request_type", "regulation",
                "subject_ref", "subject_refs", "state", "reason", "plan_outdated", "submitted_time", "received_time",
                "updated_time", "finished_time", "sla", "stages", "tasks", "disclosures", "artifacts",
            ])
    }

    @Test func `a rejected request has a status that says why and nothing of its content`() throws {
        let id = RequestID(high: 1, low: 2)
        let now = Timestamp(milliseconds: 1_793_631_600_123)
        var json = JSONWriter()
        StatusWriter.writeRejected(
            id: id, term: 4, version: 2, homePartition: 9, reason: "unknown_hub", now: now, to: &json)
        let status = try JSONDecoder().decode(StatusDocument.self, from: Data(json.bytes))
        #expect(status.requestID == id.description)
        #expect(status.state == "rejected")
        #expect(status.reason == "unknown_hub")
        #expect([status.term, status.version, Int64(status.homePartition)] == [4, 2, 9])
        #expect(status.tasks.isEmpty && status.stages.isEmpty && status.subjectRefs.isEmpty)
        #expect(status.subjectRef == nil && status.sla == nil)
        #expect(Timestamp(foundation: status.receivedTime) == now)
        #expect(Timestamp(foundation: status.finishedTime) == now)
    }

    private func expectNames(_ bytes: [UInt8], of saga: Saga) throws {
        let object = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        let tasks = object?["tasks"] as? [[String: Any]] ?? []
        #expect(tasks.count == saga.tasks.count)
        let required: Set<String> = [
            "task_id", "endpoint_id", "kind", "action", "stage", "state", "reason", "epoch", "attempts", "next_at",
            "since", "outcome", "verified", "record_count", "error",
        ]
        for task in tasks { #expect(required.isSubset(of: task.keys)) }
    }
}

extension StatusWriterTests {
    static func compare(_ status: StatusDocument, _ saga: Saga) {
        compareHead(status, saga)
        #expect(Timestamp(foundation: status.submittedTime) == saga.request.submitted)
        #expect(Timestamp(foundation: status.receivedTime) == saga.received)
        #expect(Timestamp(foundation: status.updatedTime) == saga.updated)
        #expect(Timestamp(foundation: status.finishedTime) == saga.finished)
        #expect(status.sla?.status == saga.deadline.rawValue)
        #expect(Timestamp(foundation: status.sla?.dueTime) == saga.due)
        #expect(status.sla?.extended == saga.isExtended)
        #expect(
            Timestamp(foundation: status.sla?.expectedCompletionTime) == saga.expectedCompletion(now: saga.updated))
        #expect(status.stages.map(\.stage) == saga.stageStates.map(\.stage.name))
        #expect(status.stages.map(\.state) == saga.stageStates.map(\.state.rawValue))
        for (document, task) in zip(status.tasks, saga.tasks) { compare(document, task, of: saga) }
        #expect(
            status.disclosures.map { [$0.system, $0.reason] } == saga.disclosures.map { [$0.system, $0.reason] })
        let artifacts = saga.tasks.flatMap { $0.completion?.artifacts ?? [] }
        #expect(status.artifacts.map(\.uri) == artifacts.map(\.uri))
        #expect(status.artifacts.map(\.sha256) == artifacts.map(\.sha256))
        #expect(status.artifacts.map(\.bytes) == artifacts.map(\.bytes))
        #expect(status.artifacts.map(\.contentType) == artifacts.map(\.contentType))
    }

    private static func compareHead(_ status: StatusDocument, _ saga: Saga) {
        #expect(status.requestID == saga.id.description)
        #expect(status.term == saga.term)
        #expect(status.version == saga.version)
        #expect(status.homePartition == saga.homePartition)
        #expect(status.dryRun == saga.request.dryRun)
        #expect(status.requestType == saga.request.type.rawValue)
        #expect(status.regulation == saga.request.regulation.rawValue)
        #expect(status.subjectRef == "hmac-sha256:" + hexadecimal(saga.request.subjectRef))
        #expect(status.subjectRefs == saga.request.subjectRefs.map { "hmac-sha256:" + hexadecimal($0) })
        #expect(status.state == saga.state.rawValue)
        #expect(status.reason == nil)
        #expect(status.planOutdated == saga.isPlanOutdated)
    }

    private static func compare(_ document: StatusDocument.TaskDocument, _ task: SagaTask, of saga: Saga) {
        let endpoint = saga.endpoint(of: task)
        let ordinal = task.ordinal == 0 ? "" : "-\(task.ordinal)"
        #expect(document.taskID == "\(saga.id)/\(endpoint.id)/\(task.action.rawValue)\(ordinal)")
        #expect(document.endpointID == endpoint.id)
        #expect(document.kind == endpoint.kind)
        #expect(document.action == task.action.rawValue)
        #expect(document.stage == task.stage.name)
        #expect(document.state == task.phase.name)
        if case .waiting(let reason) = task.phase {
            #expect(document.reason == reason.rawValue)
        } else {
            #expect(document.reason == nil)
        }
        #expect(document.epoch == task.epoch)
        #expect(document.attempts == task.attempts)
        #expect(Timestamp(foundation: document.nextAt) == task.nextAt)
        #expect(Timestamp(foundation: document.since) == task.since)
        #expect(document.outcome == task.completion?.outcome.rawValue)
        #expect(document.verified == (task.completion?.verified ?? .none).rawValue)
        #expect(document.recordCount == task.completion?.recordCount)
        #expect(document.method == task.completion?.method)
        let evidence = task.completion?.evidence ?? []
        #expect((document.evidence ?? [:]) == Dictionary(evidence.map { ($0.name, $0.value) }) { $1 })
        #expect(document.error?.code == task.error?.code.rawValue)
        #expect(document.error?.detail == task.error?.detail)
    }
}
