import Contract
import FuzzKit
import RecordLog
import SagaKernel
import TestSeed
import Testing

@Suite struct WriterTests {
    private static func check(_ bytes: [UInt8], _ type: RecordType) throws {
        let validator = SchemaValidator(try Fixture.tree("config/schemas/\(type.rawValue).json"))
        let violations = validator.violations(of: try JSONTree(bytes: bytes))
        #expect(violations == [], "\(String(decoding: bytes, as: UTF8.self))")
    }

    @Test func `a request reads as it was written`() throws {
        let reader = try Fixture.requestReader()
        for golden in try Golden.all(.request) where golden.expect["read"] != nil {
            let request = try golden.wire.read { try reader.read(value: $0, headers: $1, now: Fixture.now).get() }
            let bytes = RequestWriter.bytes(RequestDraft(request))
            var again = try Wire(bytes: bytes).read {
                try reader.read(value: $0, headers: $1, now: Fixture.now).get()
            }
            #expect(again.meaning == request.meaning, "\(golden.name)")
            #expect(Set(again.subjectRefs) == Set(request.subjectRefs), "\(golden.name)")
            again.subjectRefs = request.subjectRefs
            again.traceparent = request.traceparent
            #expect(again == request, "\(golden.name)")
            if !golden.name.contains("callbacks") { try Self.check(bytes, .request) }
        }
    }

    private static func task() throws -> WorkerTask {
        let golden = try #require(try Golden.all(.task).first { $0.name == "task/contract-example.json" })
        return try golden.wire.read { try TaskReader().read(value: $0, headers: $1).get() }
    }

    static func randomVerdict(_ random: inout SeededRandom) -> Acknowledgement.Verdict {
        func text() -> String { random.text(maximum: 20) }
        func maybe<Value>(_ value: @autoclosure () -> Value) -> Value? { random.chance(1, in: 2) ? value() : nil }
        switch random.below(3) {
        case 0:
            var completion = Completion(
                outcome: Outcome.allCases[random.below(Outcome.allCases.count)],
                recordCount: maybe(Int64(random.below(1 << 40))), method: maybe(text()),
                verified: Verified.allCases[random.below(Verified.allCases.count)])
            completion.artifacts = (0..<random.below(3)).map { index in
                Artifact(
                    uri: "https://\(index)/" + text(), sha256: maybe(String(repeating: "0a", count: 32)),
                    bytes: maybe(Int64(random.below(1 << 20))), contentType: maybe(text()))
            }
            completion.evidence = (0..<random.below(4)).map { Evidence(name: "\($0)" + text(), value: text()) }
            return .completed(completion)
        case 1:
            return .pending(
                PendingReason.allCases[random.below(PendingReason.allCases.count)],
                resumeAt: maybe(Timestamp(milliseconds: Int64(random.below(1 << 42)))), continuation: maybe(text()))
        default:
            return .failed(
                TaskError(
                    code: TaskErrorCode.allCases[random.below(TaskErrorCode.allCases.count)], detail: maybe(text())),
                retryable: random.chance(1, in: 2), retryAfterMs: maybe(Int64(random.below(1 << 40))))
        }
    }

    @Test func `an acknowledgement reads as it was written`() throws {
        let task = try Self.task()
        var random = SeededRandom(seed: 11)
        for _ in 0..<500 {
            let verdict = Self.randomVerdict(&random)
            let bytes = AcknowledgementWriter.bytes(task: task, verdict: verdict, worker: "w-0", time: Fixture.now)
            try Self.check(bytes, .ack)
            let read = try Wire(bytes: bytes).read { try AcknowledgementReader().read(value: $0, headers: $1).get() }
            var expected = Acknowledgement(
                requestID: task.requestID, taskPath: "telemetry-archive/erase", epoch: 1, attempt: 1, verdict: verdict)
            expected.worker = "w-0"
            #expect(read.acknowledgement == expected)
            #expect(read.homePartition == 3)
            #expect(!read.isForwarded)
        }
    }

    @Test func `a command reads as it was written`() throws {
        let verbs: [Command.Verb] = [
            .replay(tasks: [], scope: .failed), .replay(tasks: ["a/erase", "b/verify-2"], scope: .all), .cancel, .hold,
            .release, .extend(until: Fixture.now), .skip(tasks: ["a/erase"]),
            .attest(tasks: ["a/erase"], outcome: .notApplicable, evidence: [Evidence(name: "a\"b", value: "\n")]),
            .attest(tasks: ["a/erase", "b/erase"], outcome: .attested, evidence: []),
        ]
        for verb in verbs {
            let command = Command(id: "c-1", requestID: Fixture.id, verb: verb, reason: "why", operator: "dana")
            let bytes = CommandWriter.bytes(command, homePartition: 7, time: Fixture.now)
            try Self.check(bytes, .command)
            let read = try Wire(bytes: bytes).read { try CommandReader().read(value: $0, headers: $1).get() }
            #expect(read.command == command)
            #expect(read.homePartition == 7)
        }
    }

    @Test func `nothing of the record before is left in the headers of the next`() {
        let seed = Seed.announced(for: "EnvelopeHeaders")
        var random = SeededRandom(seed: seed)
        var headers = EnvelopeHeaders(.task, source: "/habeas/coordinator")
        let subjects = (0..<3).map { _ in RequestID(high: random.next(), low: random.next()) }
        for _ in 0..<2_000 {
            let subject = random.pick(subjects)
            let path = String(repeating: "p", count: random.pick([0, 1, 30, 700, 3_000])) + "/erase"
            let (first, second) = (random.pick([0, 9, 10, Int64.max]), Int64(random.below(2_000)) - 1_000)
            let time = Fixture.now.adding(milliseconds: Int64(random.below(4)) * 500)
            let trace = random.chance(1, in: 3) ? "00-\(random.next())-01" : nil
            headers.begin(subject: subject, path: path, first, second, time: time, traceparent: trace)
            let wire = Wire(bytes: [], block: headers.block)
            #expect(wire.header("ce_type") == "dev.habeas.task.v1")
            #expect(wire.header("ce_source") == "/habeas/coordinator")
            #expect(wire.header("ce_time") == TimeText.text(time))
            #expect(wire.header("ce_subject") == subject.description)
            #expect(wire.header("ce_id") == "\(subject)/\(path)/\(first).\(second)")
            #expect(wire.header("traceparent") == trace)
            #expect(wire.headers.count == (trace == nil ? 7 : 8))
        }
    }

    @Test func `the headers of a record say what it is, each time anew`() throws {
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        var headers = EnvelopeHeaders(.ack, source: "/habeas/worker/w-0")
        for attempt in 1...3 {
            headers.begin(
                subject: Fixture.id, path: "telemetry-archive/erase", 1, Int64(attempt) * 5, time: Fixture.now,
                traceparent: attempt == 2 ? trace : nil)
            let wire = Wire(bytes: Array("{}".utf8), block: headers.block)
            #expect(wire.header("ce_specversion") == "1.0")
            #expect(wire.header("ce_type") == "dev.habeas.ack.v1")
            #expect(wire.header("ce_source") == "/habeas/worker/w-0")
            #expect(wire.header("ce_id") == "\(Fixture.idText)/telemetry-archive/erase/1.\(attempt * 5)")
            #expect(wire.header("ce_time") == "2026-11-02T16:00:00Z")
            #expect(wire.header("ce_subject") == Fixture.idText)
            #expect(wire.header("content-type") == "application/json")
            #expect(wire.header("traceparent") == (attempt == 2 ? trace : nil))
            #expect(wire.headers.count == (attempt == 2 ? 8 : 7))
            wire.read { value, views in
                guard case .success(let content) = Envelope.open(.ack, headers: views, value: value) else {
                    Issue.record("its own envelope was refused")
                    return
                }
                #expect(content.form == .binary)
                #expect(content.eventID == wire.header("ce_id"))
                #expect(content.traceparent == (attempt == 2 ? trace : nil))
                #expect(!content.isForwarded)
            }
        }
        var block = headers.block
        block.markForwarded()
        Wire(bytes: [], block: block).read { _, views in #expect(Envelope.isForwarded(views)) }
    }
}
