import Contract
import SagaKernel

/// A saga with a name, told step by step; its records are compared with files.
struct Story {
    private(set) var name: String
    private(set) var saga: Saga
    private(set) var now: Timestamp
    private(set) var timeline: [TimelineEvent] = []
    private let rules = SagaRules()
    private var commands = 0

    init(_ name: String, type: RequestType = .erasure, change: (inout Request) -> Void = { _ in }) {
        self.name = name
        now = Timestamp(milliseconds: 1_793_631_600_000)
        let hub = "contoso.azure-devices.net"
        var request = Request(
            id: RequestID(high: 0xa755_1968_d5d6_44b2, low: 0x9831_815a_c901_7798), type: type, submitted: now,
            subjects: [
                Subject(
                    hub: hub, deviceID: "thermostat-17",
                    aliases: [Subject.Alias(identityType: "serial_number", identityValue: "SN-0042")])
            ], subjectRefs: [SubjectRef(1, 2, 3, 4), SubjectRef(5, 6, 7, 8)], subjectRef: SubjectRef(9, 10, 11, 12),
            meaning: Fingerprint(high: 13, low: 14))
        change(&request)
        now = now.adding(milliseconds: 1_234)
        let begun = Saga.begin(
            request, plans: [Story.plan(hub)], homePartition: 3, now: now, rules: rules)
        saga = begun.saga
        take(begun.directives, since: nil)
    }

    static func plan(_ hub: String) -> HubPlan {
        var registry = Endpoint(id: "registry", kind: "iot_hub_registry", connector: "iot-hub", stage: .source)
        registry.resourceID = "/subscriptions/0000/resourceGroups/iot/providers/Microsoft.Devices/IotHubs/contoso"
        var archive = Endpoint(
            id: "telemetry-archive", kind: "storage_container", connector: "blob-storage", stage: .sinks)
        archive.settleMs = 12 * Milliseconds.minute
        archive.reverifyMs = [Milliseconds.day, 28 * Milliseconds.day]
        archive.settingsJSON = #"{"account":"contosodata","container":"telemetry"}"#
        var partner = Endpoint(
            id: "partner", kind: "event_grid_partner", connector: Endpoint.attestationConnector, stage: .sinks,
            actions: [.erase])
        partner.awaitsOwner = true
        var workspace = Endpoint(
            id: "workspace", kind: "log_analytics_workspace", connector: "log-analytics", stage: .logs,
            actions: [.erase])
        workspace.worstCaseMs = 30 * Milliseconds.day
        return HubPlan(
            host: hub, fingerprint: Fingerprint(high: 15, low: 16), endpoints: [registry, archive, partner, workspace],
            disclosures: [Disclosure(system: "iot_hub_system_logs", reason: "system_generated")])
    }

    mutating func wait(_ delayMs: Int64) {
        now = now.adding(milliseconds: delayMs)
        happen { [now, rules] saga, directives in saga.timeCame(now: now, rules: rules, &directives) }
    }

    mutating func say(_ path: String, _ verdict: Acknowledgement.Verdict) {
        guard let index = saga.task(path: path) else { preconditionFailure("no task \(path)") }
        let acknowledgement = Acknowledgement(
            requestID: saga.id, taskPath: path, epoch: saga.tasks[index].epoch, attempt: saga.tasks[index].attempts,
            verdict: verdict)
        happen { [now, rules] saga, directives in
            saga.acknowledged(acknowledgement, now: now, rules: rules, &directives)
        }
    }

    mutating func complete(_ path: String, _ outcome: Outcome = .erased) {
        var completion = Completion(outcome: outcome, recordCount: 1_412, method: "rewrite", verified: .readBack)
        completion.evidence = [Evidence(name: "operation_id", value: "purge-970318e7")]
        if outcome == .exported {
            completion.artifacts = [
                Artifact(
                    uri: "https://store.example/export.ndjson", sha256: "9f2c", bytes: 88_211,
                    contentType: "application/x-ndjson")
            ]
        }
        say(path, .completed(completion))
    }

    mutating func fail(_ path: String, _ code: TaskErrorCode, retryable: Bool) {
        say(path, .failed(TaskError(code: code, detail: "said the endpoint"), retryable: retryable, retryAfterMs: nil))
    }

    mutating func command(_ verb: Command.Verb) {
        commands += 1
        let command = Command(
            id: "c-\(commands)", requestID: saga.id, verb: verb, reason: "key rotated, see INC-42", operator: "dana")
        happen { [now, rules] saga, directives in saga.commanded(command, now: now, rules: rules, &directives) }
    }

    private mutating func happen(_ body: (inout Saga, inout Directives) -> Void) {
        let before = saga
        var directives = Directives()
        body(&saga, &directives)
        take(directives, since: before)
    }

    private mutating func take(_ directives: Directives, since before: Saga?) {
        timeline += directives.events
        _ = saga.seal(since: before, term: 2, now: now)
    }

    var status: [UInt8] { StatusText.bytes(saga) }

    var timelineRecord: [UInt8] {
        var json = JSONWriter()
        TimelineWriter.write(timeline, of: saga.id, version: saga.version, to: &json)
        return json.bytes
    }
}

extension Story {
    static var all: [Story] { [begun, slow, failed, healed, exported, planned, steered, cancelled] }

    static var begun: Story { Story("begun") }

    /// Settling, retention, an owner who does not answer, and the logs swept all the same.
    static var slow: Story {
        var story = Story("slow")
        story.complete("registry/erase")
        story.wait(12 * Milliseconds.minute)
        story.say(
            "telemetry-archive/erase",
            .pending(
                .retention, resumeAt: story.now.adding(milliseconds: 7 * Milliseconds.day), continuation: "marker-1"))
        story.fail("workspace/erase", .throttled, retryable: true)
        return story
    }

    static var failed: Story {
        var story = Story("failed")
        story.fail("registry/erase", .forbidden, retryable: false)
        story.wait(12 * Milliseconds.minute)
        story.complete("telemetry-archive/erase")
        story.command(.attest(tasks: ["partner/erase"], outcome: .attested, evidence: []))
        story.complete("workspace/erase", .alreadyAbsent)
        story.wait(Milliseconds.day)
        story.complete("telemetry-archive/verify-1", .absent)
        story.wait(27 * Milliseconds.day)
        story.complete("telemetry-archive/verify-2", .absent)
        return story
    }

    /// The source succeeded late: everything behind it in a new epoch.
    static var healed: Story {
        var story = failed
        story.name = "healed"
        story.wait(Milliseconds.hour)
        story.complete("registry/erase")
        return story
    }

    static var exported: Story {
        var story = Story("exported", type: .access) { $0.regulation = .ccpa }
        story.complete("registry/export", .exported)
        story.complete("telemetry-archive/export", .exported)
        return story
    }

    static var planned: Story { Story("planned") { $0.dryRun = true } }

    static var steered: Story {
        var story = Story("steered")
        story.command(.skip(tasks: ["partner/erase"]))
        story.command(.extend(until: story.saga.due.adding(milliseconds: 20 * Milliseconds.day)))
        story.command(.hold)
        story.command(.hold)
        return story
    }

    static var cancelled: Story {
        var story = Story("cancelled")
        story.complete("registry/erase")
        story.command(.cancel)
        return story
    }
}
