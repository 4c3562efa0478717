import Contract
import FuzzKit
import RecordLog
import SagaKernel
import TestSeed
import Testing

/// What the coordinator publishes of a saga, held against the schemas and the readers of the other side.
@Suite struct SagaWriterTests {
    private static let validators: [RecordType: SchemaValidator] = {
        var validators: [RecordType: SchemaValidator] = [:]
        for type in RecordType.allCases {
            if let schema = try? Fixture.tree("config/schemas/\(type.rawValue).json") {
                validators[type] = SchemaValidator(schema)
            }
        }
        return validators
    }()

    private static func check(_ bytes: [UInt8], _ type: RecordType) throws {
        let validator = try #require(validators[type])
        #expect(
            validator.violations(of: try JSONTree(bytes: bytes)) == [], "\(String(decoding: bytes, as: UTF8.self))")
    }

    private static func plan(_ host: String) -> HubPlan {
        var registry = Endpoint(id: "registry-\(host)", kind: "iot_hub_registry", connector: "iot-hub", stage: .source)
        registry.reverifyMs = [Milliseconds.day, 2 * Milliseconds.day]
        var archive = Endpoint(
            id: "archive-\(host)", kind: "storage_container", connector: "blob-storage", resourceID: "/subscriptions/0",
            stage: .sinks)
        archive.settingsJSON = #"{"account":"a","list":[1,{"b":null}]}"#
        let logs = Endpoint(
            id: "logs-\(host)", kind: "log_analytics_workspace", connector: "attestation", stage: .logs,
            actions: [.erase])
        return HubPlan(
            host: host, fingerprint: Fingerprint(high: 1, low: 2), endpoints: [registry, archive, logs],
            disclosures: [Disclosure(system: "device_update_telemetry", reason: "system_generated")])
    }

    private static func begin(_ random: inout SeededRandom) throws -> (saga: Saga, directives: Directives) {
        var draft = RequestDraft(
            id: Fixture.id, type: RequestType.allCases[random.below(3)], submitted: Fixture.now,
            identities: [
                .device(hub: "contoso.azure-devices.net", deviceID: "it's-#1", moduleID: "m"),
                SubjectIdentity(type: "device_name", value: "\"Küche\"\\"),
                .device(hub: "fabrikam.azure-devices.net", deviceID: "b%2F"),
            ])
        draft.dryRun = random.chance(1, in: 10)
        if random.chance(1, in: 4) { draft.excludedEndpoints = ["archive-contoso.azure-devices.net"] }
        let reader = try Fixture.requestReader()
        let request = try Wire(bytes: RequestWriter.bytes(draft)).read {
            try reader.read(value: $0, headers: $1, now: Fixture.now).get()
        }
        return Saga.begin(
            request, plans: request.hubs.map(plan), homePartition: 3, now: Fixture.now, rules: SagaRules())
    }

    private static func publish(_ saga: Saga, _ directives: Directives) throws {
        var json = JSONWriter(capacity: 16)
        StatusWriter.write(saga, to: &json)
        try check(json.bytes, .status)
        let document = try StatusDocument.decode(json.bytes)
        #expect(StatusHead.read(json.bytes)?.rank == document.rank)
        #expect(document.state == saga.state.rawValue)
        #expect(document.tasks.map(\.taskID) == saga.tasks.map { "\(saga.id)/\(saga.path(of: $0))" })
        let events = directives.events
        if !events.isEmpty {
            json.reset()
            TimelineWriter.write(events, of: saga.id, version: saga.version, to: &json)
            try check(json.bytes, .timeline)
            #expect(try TimelineDocument.decode(json.bytes).events.map(\.event) == events.map(\.kind.rawValue))
        }
        for dispatch in directives.dispatches { try publish(dispatch, of: saga) }
    }

    private static func publish(_ dispatch: Dispatch, of saga: Saga) throws {
        var json = JSONWriter(capacity: 16)
        var tasks = TaskWriter(for: saga.id, replyTopic: "habeas.acks")
        tasks.write(dispatch, of: saga, to: &json)
        try check(json.bytes, .task)
        let task = try Wire(bytes: json.bytes).read { try TaskReader().read(value: $0, headers: $1).get() }
        let kept = saga.tasks[dispatch.task]
        let endpoint = saga.endpoint(of: kept)
        #expect(task.taskID == "\(saga.id)/\(saga.path(of: kept))")
        #expect(task.action == kept.action)
        #expect(task.continuation == dispatch.continuation)
        #expect(task.endpoint.settingsJSON == endpoint.settingsJSON)
        #expect(task.endpoint.resourceID == endpoint.resourceID)
        #expect(task.subjects == saga.request.subjects.filter { $0.hub == task.endpoint.hub })
        #expect(task.subjectRef == saga.request.subjectRef.text)
        #expect(task.due == saga.due)
        #expect(task.replyPartition == saga.homePartition)
    }

    @Test func `whatever happens to a saga, what is published of it is valid and is read by the other side`() throws {
        for seed in 1...60 {
            var random = SeededRandom(seed: UInt64(seed))
            var (saga, directives) = try Self.begin(&random)
            _ = saga.seal(since: nil, term: 1, now: Fixture.now)
            try Self.publish(saga, directives)
            var now = Fixture.now
            for _ in 0..<12 where !saga.tasks.isEmpty {
                let before = saga
                directives = Directives()
                now = now.adding(milliseconds: Int64(random.below(1 << 28)))
                if random.chance(1, in: 3) {
                    saga.timeCame(now: now, rules: SagaRules(), &directives)
                } else {
                    let task = saga.tasks[random.below(saga.tasks.count)]
                    let acknowledgement = Acknowledgement(
                        requestID: saga.id, taskPath: saga.path(of: task), epoch: task.epoch,
                        attempt: max(1, task.attempts), verdict: WriterTests.randomVerdict(&random))
                    saga.acknowledged(acknowledgement, now: now, rules: SagaRules(), &directives)
                }
                _ = saga.seal(since: before, term: 2, now: now)
                try Self.publish(saga, directives)
            }
        }
    }

    @Test(arguments: RefusalCode.allCases)
    func `a rejected status is valid`(_ code: RefusalCode) throws {
        var json = JSONWriter()
        StatusWriter.writeRejected(
            id: Fixture.id, term: 1, version: 1, homePartition: 0, reason: code.rawValue, now: Fixture.now, to: &json)
        try Self.check(json.bytes, .status)
        let document = try StatusDocument.decode(json.bytes)
        #expect(document.state == "rejected")
        #expect(document.reason == code.rawValue)
    }
}
