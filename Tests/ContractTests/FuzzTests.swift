import Contract
import Foundation
import RecordLog
import SagaKernel
import Testing

/// Any bytes at all: no crash, no hang, no secret in a message, and what is accepted means the same when it is written
/// again.
///
/// `HABEAS_FUZZ_INPUTS` sets how many inputs are tried (1 000 000), `HABEAS_FUZZ_SEED` where they begin (1). A failure
/// names its input; the same seed and number make it again.
@Suite struct FuzzTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let inputs = environment["HABEAS_FUZZ_INPUTS"].flatMap { Int($0) } ?? 1_000_000
    private static let seed = environment["HABEAS_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1
    private static let shards = 4

    // A reader that hangs ends here, and not with the run.
    @Test(.timeLimit(.minutes(20)), arguments: 0..<shards)
    func `no bytes bring a reader down`(_ shard: Int) throws {
        let mutator = Mutator(seeds: try Golden.all())
        let readers = try Readers()
        var slowest = Duration.zero
        var accepted = 0
        for index in stride(from: shard, to: Self.inputs, by: Self.shards) {
            let (type, wire) = mutator.input(seed: Self.seed, index: index)
            let start = ContinuousClock.now
            var faults: [String] = []
            if readers.check(wire, type, index, &faults) { accepted += 1 }
            slowest = max(slowest, .now - start)
            #expect(faults == [], "input \(index) of seed \(Self.seed)")
        }
        #expect(slowest < .seconds(5))
        // Mutations that nothing survives would test the first line of the parser only.
        #expect(accepted > Self.inputs / Self.shards / 10)
    }
}

/// Every reader, and what must hold whatever it reads.
private struct Readers {
    let request: RequestReader
    let acknowledgement = AcknowledgementReader()
    let command = CommandReader()
    let task = TaskReader()

    init() throws { request = try Fixture.requestReader() }

    /// True where the reader of the type took the record.
    func check(_ wire: Wire, _ type: RecordType, _ index: Int, _ faults: inout [String]) -> Bool {
        let other = RecordType.allCases[index / 4 % RecordType.allCases.count]
        let accepted = read(wire, type, &faults)
        if other != type { _ = read(wire, other, &faults) }
        if index % 8 < 4 { compareWithTree(wire.value ?? [], &faults) }
        wire.read { _, headers in
            _ = DeadLetterFacts.read(headers)
            _ = DeadLetter.requeueHeaders(headers)
        }
        return accepted
    }

    private func read(_ wire: Wire, _ type: RecordType, _ faults: inout [String]) -> Bool {
        switch type {
        case .request:
            judge(wire.read { request.read(value: $0, headers: $1, now: Fixture.now) }, &faults) { read in
                let bytes = RequestWriter.bytes(RequestDraft(read))
                let again = Wire(bytes: bytes).read { request.read(value: $0, headers: $1, now: Fixture.now) }
                return (try? again.get().meaning) == read.meaning
            }
        case .ack:
            judge(wire.read { acknowledgement.read(value: $0, headers: $1) }, &faults, rewrite)
        case .command:
            judge(wire.read { command.read(value: $0, headers: $1) }, &faults) { read in
                let bytes = CommandWriter.bytes(read.command, homePartition: read.homePartition, time: Fixture.now)
                let again = Wire(bytes: bytes).read { command.read(value: $0, headers: $1) }
                return (try? again.get().command) == read.command
            }
        case .task: judge(wire.read { task.read(value: $0, headers: $1) }, &faults) { _ in true }
        case .status, .timeline:
            wire.read { value, _ in value.flatMap { StatusHead.read($0) } } != nil
        }
    }

    private func rewrite(_ read: ReadAcknowledgement) -> Bool {
        let acknowledgement = read.acknowledgement
        let task = WorkerTask(
            taskID: "\(acknowledgement.requestID)/\(acknowledgement.taskPath)", requestID: acknowledgement.requestID,
            epoch: acknowledgement.epoch, attempt: acknowledgement.attempt, action: .erase,
            endpoint: WorkerTask.EndpointFacts(id: "e", kind: "other", hub: "h", resourceID: nil, settingsJSON: "{}"),
            subjects: [], subjectRef: "", continuation: nil, due: Fixture.now, replyTopic: "t",
            replyPartition: read.homePartition ?? 0, traceparent: nil)
        let bytes = AcknowledgementWriter.bytes(
            task: task, verdict: acknowledgement.verdict, worker: acknowledgement.worker ?? "", time: Fixture.now)
        let again = Wire(bytes: bytes).read { self.acknowledgement.read(value: $0, headers: $1) }
        return (try? again.get().acknowledgement.verdict) == acknowledgement.verdict
    }

    private func judge<Value>(
        _ result: Result<Value, Refusal>, _ faults: inout [String], _ holds: (Value) -> Bool
    ) -> Bool {
        switch result {
        case .success(let value):
            if !holds(value) { faults.append("it means something else when it is written again") }
            return true
        case .failure(let refusal):
            if refusal.message.isEmpty || refusal.message.utf8.count > 200 { faults.append("an odd message") }
            if !refusal.message.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { faults.append("a foreign byte") }
            // A place in the record is no value of it, whatever number it has.
            let namesNumber =
                refusal.message.contains("4711")
                && refusal.message.replacing(/at byte [0-9]+$/, with: "").contains("4711")
            if refusal.message.contains("Canary") || namesNumber {
                faults.append("a message with a value of the record: \(refusal.message)")
            }
            return false
        }
    }

    /// Two parsers that share nothing must agree on what is JSON.
    private func compareWithTree(_ bytes: [UInt8], _ faults: inout [String]) {
        let isJSON = Wire(bytes: bytes).read { value, _ in
            guard let value else { return false }
            var cursor = JSONCursor(value)
            do throws(JSONFault) {
                try cursor.skipValue()
                try cursor.end()
                return true
            } catch {
                return false
            }
        }
        let hasTree = (try? JSONTree(bytes: bytes)) != nil
        if isJSON != hasTree { faults.append("the parsers disagree: cursor \(isJSON), tree \(hasTree)") }
    }
}
