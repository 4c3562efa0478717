import SagaKernel
import TestSeed

/// Catalogues, requests and rules as an unfriendly world could bring them.
enum RandomRequests {
    /// Looks like nothing else in a record, so that finding it in one means that it leaked.
    static let deviceMark = "dEv1cE~mark"
    static let aliasMark = "al1as~mark"

    static func plans(_ random: inout SeededRandom) -> [HubPlan] {
        (0..<(random.chance(30) ? 2 : 1)).map { hub in
            let endpoints = (0..<random.number(1...4)).map { endpoint(hub: hub, index: $0, &random) }
            let disclosures = [Disclosure(system: "iot_hub_system_logs", reason: "system_generated")]
            return HubPlan(
                host: "hub-\(hub).example", fingerprint: Fingerprint(high: UInt64(hub), low: random.next()),
                endpoints: endpoints, disclosures: random.chance(50) ? disclosures : [])
        }
    }

    private static func endpoint(hub: Int, index: Int, _ random: inout SeededRandom) -> Endpoint {
        let stage = random.pick([Stage.source, .source, .sinks, .sinks, .logs])
        let owner = random.chance(10)
        var endpoint = Endpoint(
            id: "e\(hub).\(index)", kind: "storage_container",
            connector: owner ? Endpoint.attestationConnector : "storage", stage: stage,
            actions: random.chance(90) ? [.export, .erase] : [random.pick([.export, .erase])])
        endpoint.resourceID = random.chance(50) ? "/subscriptions/0000/\"quoted\"/\(index)" : nil
        endpoint.settleMs = random.pick([0, 0, 12 * Milliseconds.minute, Milliseconds.hour, Milliseconds.day])
        endpoint.ackTimeoutMs = random.pick([Milliseconds.minute, 15 * Milliseconds.minute, Milliseconds.day])
        endpoint.worstCaseMs = random.pick([Milliseconds.minute, Milliseconds.hour, 30 * Milliseconds.day])
        endpoint.maxAttempts = random.number(1...4)
        endpoint.backoff = Backoff(
            initialMs: random.pick([0, 1, 30_000]), maximumMs: random.pick([60_000, 3_600_000]))
        endpoint.reverifyMs = random.pick([[], [], [Milliseconds.day], [Milliseconds.hour, 2 * Milliseconds.day]])
        endpoint.settingsJSON = random.pick(["{}", "{\"container\":\"telemetry\"}"])
        return endpoint
    }

    static func request(for plans: [HubPlan], now: Timestamp, _ random: inout SeededRandom) -> Request {
        var subjects: [Subject] = []
        for plan in plans {
            for device in 0..<random.number(1...2) {
                var subject = Subject(hub: plan.host, deviceID: "\(deviceMark)-\(device)")
                if random.chance(20) { subject.moduleID = "\(deviceMark)-module" }
                if random.chance(30) {
                    subject.aliases = [Subject.Alias(identityType: "serial_number", identityValue: aliasMark)]
                }
                subjects.append(subject)
            }
        }
        func ref(_ random: inout SeededRandom) -> SubjectRef {
            SubjectRef(random.next(), random.next(), random.next(), random.next())
        }
        var request = Request(
            id: RequestID(high: random.next(), low: random.next()),
            type: random.chance(75) ? .erasure : random.pick([.access, .portability]),
            regulation: random.pick(Regulation.allCases),
            submitted: now.adding(milliseconds: -random.pick([0, 0, 5, 28, 40]) * Milliseconds.day),
            subjects: subjects, subjectRefs: subjects.map { _ in ref(&random) }, subjectRef: ref(&random),
            meaning: Fingerprint(high: random.next(), low: random.next()))
        request.dryRun = random.chance(4)
        if random.chance(10) { request.excludedEndpoints = ["e0.0", "nowhere"] }
        if random.chance(20) { request.requestedBy = "portal" }
        if random.chance(20) { request.callbackURLs = ["https://privacy.example/callbacks"] }
        if random.chance(20) { request.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" }
        return request
    }

    static func rules(_ random: inout SeededRandom) -> SagaRules {
        var rules = SagaRules()
        rules.reappearancesMax = random.number(0...3)
        rules.rememberedCommandsMax = random.pick([3, 64])
        rules.jitterPercent = random.pick([0, 20])
        return rules
    }
}

extension SeededRandom {
    /// True in `percent` of a hundred cases.
    mutating func chance(_ percent: Int) -> Bool { chance(percent, in: 100) }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    mutating func duration(upTo maximumMs: Int64) -> Int64 { Int64.random(in: 0...maximumMs, using: &self) }
}
