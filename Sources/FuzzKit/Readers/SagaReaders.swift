import Contract
import Coordinator
import SagaKernel

/// What a coordinator reads back at a restart: the topic is its own, and what is in it may still be damaged.
enum SagaReaders {
    static func all() throws -> [FuzzReader] { [snapshot(), plan(), restore()] }

    static let plan1 = HubPlan(
        host: Corpus.hub, fingerprint: Fingerprint(high: 7, low: 9),
        endpoints: (0..<4).map { index in
            var endpoint = Endpoint(
                id: "place-\(index)", kind: "storage_container", connector: "storage",
                stage: [.source, .sinks, .sinks, .logs][index], actions: [.export, .erase])
            endpoint.settingsJSON = "{\"container\":\"telemetry\"}"
            endpoint.reverifyMs = index == 1 ? [Milliseconds.day] : []
            endpoint.resourceID = index == 2 ? "/subscriptions/0" : nil
            return endpoint
        }, disclosures: [Disclosure(system: "iot_hub_system_logs", reason: "system_generated")])

    /// A saga at every step of its life, and what is left of one.
    private static func snapshots() -> [[UInt8]] {
        let subject = Subject(
            hub: Corpus.hub, deviceID: Hostile.canary, moduleID: "m",
            aliases: [Subject.Alias(identityType: "serial_number", identityValue: "SN-1")])
        var request = Request(
            id: Corpus.id, type: .erasure, regulation: .gdpr, submitted: Corpus.now, subjects: [subject],
            subjectRefs: [SubjectRef(1, 2, 3, 4)], subjectRef: SubjectRef(5, 6, 7, 8),
            meaning: Fingerprint(high: 1, low: 2))
        request.requestedBy = "portal"
        request.callbackURLs = ["https://privacy.example/c"]
        let rules = SagaRules()
        var saga = Saga.begin(request, plans: [plan1], homePartition: 3, now: Corpus.now, rules: rules).saga
        var all = [SnapshotCodec.encode(saga, wake: saga.nextWake(rules: rules))]
        var now = Corpus.now
        let completed = Acknowledgement.Verdict.completed(
            Completion(outcome: .erased, recordCount: 12, method: "rewrite", verified: .readBack))
        for (path, verdict) in [
            ("place-0/erase", completed), ("place-1/erase", .pending(.retention, resumeAt: now, continuation: "p")),
            ("place-1/erase", completed),
            ("place-2/erase", .failed(TaskError(code: .conflict, detail: "d"), retryable: false, retryAfterMs: nil)),
        ] {
            now = now.adding(milliseconds: Milliseconds.hour)
            var directives = Directives()
            saga.acknowledged(
                Acknowledgement(requestID: Corpus.id, taskPath: path, epoch: 1, attempt: 1, verdict: verdict),
                now: now, rules: rules, &directives)
            _ = saga.seal(since: nil, term: 1, now: now)
            all.append(SnapshotCodec.encode(saga, wake: saga.nextWake(rules: rules)))
        }
        let husk = Husk(
            kind: .ended, meaning: Fingerprint(high: 3, low: 4), term: 2, version: 9,
            forgetAt: now.adding(milliseconds: Milliseconds.day))
        return all + [SnapshotCodec.encode(husk, id: Corpus.id)] + FirstLayoutSeeds.all
    }

    static func snapshot() -> FuzzReader {
        let mutator = Mutator(form: .binary, seeds: snapshots().map { Wire(bytes: $0) })
        return FuzzReader("snapshot", share: 10, mutator: mutator) { input, verdict in
            input.read { value, _ in
                guard let value else { return }
                do throws(SnapshotError) {
                    _ = try SnapshotCodec.head(of: value)
                    let content = try SnapshotCodec.decode(value, of: Corpus.id) {
                        $0 == plan1.fingerprint ? plan1 : nil
                    }
                    verdict.isAccepted = true
                    check(content, &verdict)
                } catch {
                    verdict.tells("\(error)")
                }
            }
        }
    }

    private static func check(_ content: SnapshotCodec.Content, _ verdict: inout FuzzVerdict) {
        switch content {
        case .husk(let husk):
            let again = SnapshotCodec.encode(husk, id: Corpus.id).withUnsafeBytes { bytes in
                Result { () throws(SnapshotError) in try SnapshotCodec.decode(bytes, of: Corpus.id) { _ in nil } }
            }
            guard case .success(.husk(husk)) = again else { return verdict.faults.append("another husk") }
        case .saga(let saga):
            let bytes = SnapshotCodec.encode(saga, wake: saga.nextWake(rules: SagaRules()))
            let again = bytes.withUnsafeBytes { bytes in
                Result { () throws(SnapshotError) in
                    try SnapshotCodec.decode(bytes, of: Corpus.id) { $0 == plan1.fingerprint ? plan1 : nil }
                }
            }
            guard case .success(.saga(saga)) = again else { return verdict.faults.append("another saga") }
            var json = JSONWriter()
            StatusWriter.write(saga, to: &json)
            verdict.expect((try? JSONTree(bytes: json.bytes)) != nil, "its status is no JSON")
        }
    }

    static func plan() -> FuzzReader {
        let mutator = Mutator(form: .binary, seeds: [Wire(bytes: PlanCodec.encode(plan1))])
        return FuzzReader("plan", share: 5, mutator: mutator) { input, verdict in
            input.read { value, _ in
                guard let value else { return }
                do throws(SnapshotError) {
                    let plan = try PlanCodec.decode(value)
                    verdict.isAccepted = true
                    let again = PlanCodec.encode(plan).withUnsafeBytes { bytes in
                        Result { () throws(SnapshotError) in try PlanCodec.decode(bytes) }
                    }
                    guard case .success(plan) = again else { return verdict.faults.append("another plan") }
                } catch {
                    verdict.tells("\(error)")
                }
            }
        }
    }

    /// Keys too: they tell what a record is. The header `key` holds it here.
    static func restore() -> FuzzReader {
        let keyed =
            snapshots().map { (Corpus.idText, $0) } + [
                (PlanCodec.key(plan1.fingerprint), PlanCodec.encode(plan1)), ("term", Array("3".utf8)),
                ("term", Array("9223372036854775807".utf8)),
            ]
        let seeds = keyed.map { Wire(bytes: $0.1, headers: [("key", $0.0)]) }
        return FuzzReader("restore", share: 5, mutator: Mutator(form: .binary, seeds: seeds)) { input, verdict in
            let key = input.headers.last { $0.name == "key" }?.value
            let plan = (Array(PlanCodec.key(plan1.fingerprint).utf8), PlanCodec.encode(plan1))
            if let refusal = CoordinatorDoors.restore([(plan.0, plan.1), (key ?? [], input.value)]) {
                verdict.tells(refusal)
            } else {
                verdict.isAccepted = true
            }
        }
    }
}
