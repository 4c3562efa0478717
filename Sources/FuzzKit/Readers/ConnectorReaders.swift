import Connectors
import Contract
import Foundation
import SagaKernel

/// What connectors read: settings of an endpoint, answers of owners, lines and files of a folder tree.
enum ConnectorReaders {
    static func all() -> [FuzzReader] {
        [directorySettings(), webhookSettings(), retention(), ownerAnswer(), callback(), lines(), files()]
    }

    static let subject = Subject(
        hub: Corpus.hub, deviceID: "\(Hostile.canary)/'x\"", moduleID: nil,
        aliases: [Subject.Alias(identityType: "serial_number", identityValue: "SN-\(Hostile.canary)")])

    static func task(_ action: TaskAction, settings: String, subjects: [Subject] = [subject]) -> WorkerTask {
        WorkerTask(
            taskID: "\(Corpus.idText)/archive/erase", requestID: Corpus.id, epoch: 1, attempt: 1, action: action,
            endpoint: .init(id: "archive", kind: "directory", hub: Corpus.hub, resourceID: nil, settingsJSON: settings),
            subjects: subjects, subjectRef: "hmac-sha256:00", continuation: nil, due: Corpus.now, replyTopic: "acks",
            replyPartition: 0, traceparent: nil)
    }

    private static func settings(
        _ name: String, _ seed: String, _ read: @escaping (String) -> String?
    ) -> FuzzReader {
        FuzzReader(name, share: 4, mutator: Mutator(form: .json, seeds: [Corpus.wire(seed)])) { input, verdict in
            let bytes = input.value ?? []
            let refusal = read(String(decoding: bytes, as: UTF8.self))
            verdict.isAccepted = refusal == nil
            // A key that nobody knows, or that stands twice, is named, so that its author finds it.
            let namesKey = refusal.map { $0.hasSuffix("unknown key") || $0.hasSuffix("given twice") } ?? true
            if let refusal, !namesKey { verdict.tells(refusal) }
        }
    }

    static func directorySettings() -> FuzzReader {
        settings(
            "settings-directory",
            """
            {"path":"/data","layout":"hourly_logs","file_suffixes":[".json"],"extra_json_paths":["/Body/*/id","/a~1b"],
            "export_path":"/export","minimum_age_seconds":900,"hub_check":true,"empty_tree":"absent","depth_max":8}
            """, { ConnectorDoors.directorySettings($0) })
    }

    static func webhookSettings() -> FuzzReader {
        settings(
            "settings-webhook",
            """
            {"url":"https://team.example:8443/erase?x=1","secret_name":"team","timeout_seconds":30,
            "headers":{"X-Team":"a"},"absent_statuses":[404,410],"poll_seconds":3600}
            """, { ConnectorDoors.webhookSettings($0) })
    }

    static func retention() -> FuzzReader {
        let connector = RetentionConnector()
        let seed = #"{"retention":"P7D","margin":"PT1H","hub":"x"}"#
        return FuzzReader(
            "settings-retention", share: 2, mutator: Mutator(form: .json, seeds: [Corpus.wire(seed)])
        ) { input, verdict in
            let bytes = input.value ?? []
            var task = task(.erase, settings: String(decoding: bytes, as: UTF8.self))
            task.continuation = input.header("continuation")
            let asked = task
            switch Waiting.on({ await connector.perform(asked) }) {
            case .failed(let error, _, _):
                if let detail = error.detail, !CanaryAsName.mayBe(in: bytes) { verdict.tells(detail) }
            case .pending, .completed: verdict.isAccepted = true
            }
        }
    }

    /// A body, with `status`, `retry-after` and other headers.
    static func ownerAnswer() -> FuzzReader {
        let settings = #"{"url":"https://team.example/erase","secret_name":"team"}"#
        let task = task(.erase, settings: settings)
        var completion = Completion(outcome: .erased, recordCount: 12, method: "sql", verified: .readBack)
        completion.artifacts = [Artifact(uri: "https://x.example/1", bytes: 3, contentType: "a/b")]
        completion.evidence = [Evidence(name: "ticket", value: "OPS-7")]
        let verdicts: [Acknowledgement.Verdict] = [
            .completed(completion),
            .pending(.operationRunning, resumeAt: Corpus.now, continuation: "page-2"),
            .failed(TaskError(code: .conflict, detail: "locked"), retryable: true, retryAfterMs: 1_000),
        ]
        let seeds = verdicts.map { verdict in
            Wire(
                bytes: AcknowledgementWriter.bytes(task: task, verdict: verdict, worker: "w", time: Corpus.now),
                headers: [("status", "200"), ("retry-after", "Sun, 06 Nov 2026 08:49:37 GMT")])
        }
        return FuzzReader("owner-answer", share: 8, mutator: Mutator(form: .json, seeds: seeds)) { input, verdict in
            let body = input.value ?? []
            switch ConnectorDoors.ownerAnswer(body, of: task) {
            case .success(let said):
                verdict.isAccepted = true
                let bytes = AcknowledgementWriter.bytes(task: task, verdict: said, worker: "w", time: Corpus.now)
                let again = Wire(bytes: bytes).read { AcknowledgementReader().read(value: $0, headers: $1) }
                verdict.expect((try? again.get().acknowledgement.verdict) == said, "the coordinator reads another one")
            case .failure(let refusal): verdict.tells(refusal.detail)
            }
            let headers = input.headers.map { (name: $0.name, value: String(decoding: $0.value ?? [], as: UTF8.self)) }
            let status = input.header("status").flatMap { Int($0) } ?? 200
            let answer = try? ConnectorDoors.answer(
                status: status, headers: headers, body: body, to: task, now: Corpus.now)
            switch answer {
            case .failed(let error, _, let retryAfterMs):
                if let said = try? ConnectorDoors.ownerAnswer(body, of: task).get(), answer == said { break }
                verdict.tells(error.detail ?? "")
                verdict.expect((retryAfterMs ?? 0) <= 30 * Milliseconds.day, "a header parks a task")
            case .pending, .completed: break
            case nil: verdict.faults.append("the settings of this check are wrong")
            }
        }
    }

    /// A callback's token, and its signature in the header `signature`.
    static func callback() -> FuzzReader {
        let secret = Array(repeating: UInt8(7), count: 32)
        let token = ConnectorDoors.callbackToken(
            of: task(.erase, settings: "{}"), secretName: "team", key: Corpus.key,
            expires: Corpus.now.adding(milliseconds: Milliseconds.day))
        let body = Array("{}".utf8)
        let seed = Wire(
            token, headers: [("signature", ConnectorDoors.signature(of: body, secret: secret, now: Corpus.now))])
        return FuzzReader("callback", share: 3, mutator: Mutator(form: .query, seeds: [seed])) { input, verdict in
            let text = String(decoding: input.value ?? [], as: UTF8.self)
            verdict.isAccepted = ConnectorDoors.takesToken(text, key: Corpus.key, now: Corpus.now)
            // Either alphabet of base64 is read, with or without padding.
            let plain = text.replacing("=", with: "").replacing("+", with: "-").replacing("/", with: "_")
            verdict.expect(!verdict.isAccepted || plain == token, "a token that is not ours is taken")
            // Blanks, other schemes and repetitions are allowed; another time is not.
            let signature = (input.header("signature") ?? "").replacing(" ", with: "")
            let taken = ConnectorDoors.takesSignature(signature, of: body, secret: secret, now: Corpus.now)
            verdict.expect(
                !taken || signature.contains("t=") && signature.contains("v1"), "a signature that is none is taken")
            verdict.expect(
                !ConnectorDoors.takesSignature(signature, of: [0x20], secret: secret, now: Corpus.now),
                "the signature of another body is taken")
        }
    }

    private static let records = [
        #"{"SystemProperties":{"connectionDeviceId":"\#(Hostile.canary)/'x\"","iotHubName":"contoso"},"#
            + #""Body":{"c":21}}"#,
        #"{"SystemProperties":{"connectionDeviceId":"other"},"Properties":{"deviceId":"x","opType":"y"},"#
            + #""Body":"e30="}"#,
        #"{"time":"2026-11-02T15:00:00Z","resourceId":"/A/IOTHUBS/CONTOSO","category":"TwinQueries","#
            + #""properties":"{\"deviceId\":\"a\",\"query\":\"SELECT * WHERE deviceId = 'b'\"}"}"#,
    ]

    static func lines() -> FuzzReader {
        let mutator = Mutator(form: .lines, seeds: records.map(Corpus.wire))
        let settings = ["routed_messages", "hourly_logs"].map {
            #"{"path":"/d","layout":"\#($0)","extra_json_paths":["/Body/*","/a/b"]}"#
        }
        return FuzzReader("directory-line", share: 8, mutator: mutator) { input, verdict in
            let bytes = input.value ?? []
            var said: [String] = []
            for settings in settings {
                guard let judge = try? ConnectorDoors.lineJudge(subjects: [subject], settings: settings) else {
                    return verdict.faults.append("the settings of this check are wrong")
                }
                said.append(bytes.withUnsafeBytes { judge($0) })
            }
            verdict.isAccepted = said.contains("subject")
            // A line that holds the id between quotes, as it is written in JSON, is never just somebody else's to both.
            let id = Array(#""\#(Hostile.canary)/'x\"""#.utf8)
            if said == ["other", "other"], bytes.firstRange(of: id) != nil {
                verdict.expect((try? JSONTree(bytes: bytes)) != nil, "a line that names the subject is passed over")
            }
        }
    }

    /// Whole files in a folder: verify, erase, verify. Each in a folder of its own, so that nothing is left behind.
    static func files() -> FuzzReader {
        let seeds = [Corpus.wire(records.prefix(2).joined(separator: "\n") + "\n"), Corpus.wire(records[1] + "\n")]
        return FuzzReader("directory", share: 0, mutator: Mutator(form: .lines, seeds: seeds)) { input, verdict in
            let folder = FileManager.default.temporaryDirectory.appending(path: "habeas-fuzz-\(UUID().uuidString)")
            do {
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                try Data(input.value ?? []).write(to: folder.appending(path: "a.json"))
                try verifyAndErase(in: folder, &verdict)
                try FileManager.default.removeItem(at: folder)
            } catch {
                verdict.faults.append("the folder \(folder.path): \(error)")
            }
        }
    }

    private static func verifyAndErase(in folder: URL, _ verdict: inout FuzzVerdict) throws {
        let connector = try DirectoryConnector(roots: [folder.path])
        let settings = """
            {"path":"\(folder.path)","layout":"routed_messages","minimum_age_seconds":0,"half_written_seconds":0,
            "delete_empty":false,"empty_tree":"absent","line_bytes_max":65536}
            """
        let before = Waiting.on { await connector.perform(task(.verify, settings: settings)) }
        let erased = Waiting.on { await connector.perform(task(.erase, settings: settings)) }
        tell(before, &verdict)
        tell(erased, &verdict)
        guard case .completed(let completion) = erased else { return }
        verdict.isAccepted = true
        if case .completed(let first) = before {
            verdict.expect((first.outcome == .reappeared) == (completion.outcome == .erased), "verify and erase differ")
        }
        let after = Waiting.on { await connector.perform(task(.verify, settings: settings)) }
        guard case .completed(let last) = after, last.outcome == .absent else {
            return verdict.faults.append("after the erasure: \(after)")
        }
    }

    private static func tell(_ said: Acknowledgement.Verdict, _ verdict: inout FuzzVerdict) {
        switch said {
        case .failed(let error, _, _): verdict.tells(error.detail ?? "")
        case .completed(let completion): verdict.tells(completion.evidence.map(\.value).joined(separator: " "))
        case .pending: break
        }
    }
}
