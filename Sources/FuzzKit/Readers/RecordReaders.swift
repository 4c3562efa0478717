import Contract
import RecordLog
import SagaKernel

/// The readers of the contract's records: bytes and headers that anybody may have put into a topic.
enum RecordReaders {
    static func all() throws -> [FuzzReader] {
        [try request(), try acknowledgement(), try command(), try task(), try status(), try timeline()]
    }

    static func mutator(_ type: RecordType) throws -> Mutator {
        let (all, right) = try Corpus.golden(type)
        return Mutator(form: .json, seeds: all, right: right)
    }

    static func request() throws -> FuzzReader {
        let reader = RequestReader(limits: RequestLimits(), subjectKey: try SubjectKey(bytes: Corpus.key)) { hub in
            hub == Corpus.hub || hub == "fabrikam.azure-devices.net"
        }
        return FuzzReader("request", share: 20, mutator: try mutator(.request)) { input, verdict in
            judge(input.read { reader.read(value: $0, headers: $1, now: Corpus.now) }, &verdict) { read in
                let bytes = RequestWriter.bytes(RequestDraft(read))
                let again = Wire(bytes: bytes).read { reader.read(value: $0, headers: $1, now: Corpus.now) }
                return (try? again.get().meaning) == read.meaning
            }
            agree(on: input, &verdict)
        }
    }

    static func acknowledgement() throws -> FuzzReader {
        FuzzReader("acknowledgement", share: 20, mutator: try mutator(.ack)) { input, verdict in
            let reader = AcknowledgementReader()
            judge(input.read { reader.read(value: $0, headers: $1) }, &verdict) { read in
                let said = read.acknowledgement
                let bytes = AcknowledgementWriter.bytes(
                    task: task(answeredBy: read), verdict: said.verdict, worker: said.worker ?? "", time: Corpus.now)
                let again = Wire(bytes: bytes).read { reader.read(value: $0, headers: $1) }
                return (try? again.get().acknowledgement.verdict) == said.verdict
            }
            agree(on: input, &verdict)
        }
    }

    private static func task(answeredBy read: ReadAcknowledgement) -> WorkerTask {
        let said = read.acknowledgement
        return WorkerTask(
            taskID: "\(said.requestID)/\(said.taskPath)", requestID: said.requestID, epoch: said.epoch,
            attempt: said.attempt, action: .erase,
            endpoint: .init(id: "e", kind: "other", hub: "h", resourceID: nil, settingsJSON: "{}"),
            subjects: [], subjectRef: "", continuation: nil, due: Corpus.now, replyTopic: "t",
            replyPartition: read.homePartition ?? 0, traceparent: nil)
    }

    static func command() throws -> FuzzReader {
        FuzzReader("command", share: 15, mutator: try mutator(.command)) { input, verdict in
            let reader = CommandReader()
            judge(input.read { reader.read(value: $0, headers: $1) }, &verdict) { read in
                let bytes = CommandWriter.bytes(read.command, homePartition: read.homePartition, time: Corpus.now)
                let again = Wire(bytes: bytes).read { reader.read(value: $0, headers: $1) }
                return (try? again.get().command) == read.command
            }
            agree(on: input, &verdict)
        }
    }

    static func task() throws -> FuzzReader {
        FuzzReader("task", share: 15, mutator: try mutator(.task)) { input, verdict in
            let reader = TaskReader()
            judge(input.read { reader.read(value: $0, headers: $1) }, &verdict) { read in
                // A worker hands the settings on as they are: they must be JSON on their own.
                (try? JSONTree(read.endpoint.settingsJSON)) != nil
            }
            agree(on: input, &verdict)
        }
    }

    static func status() throws -> FuzzReader {
        FuzzReader("status", share: 5, mutator: try mutator(.status)) { input, verdict in
            let head = input.read { value, _ in value.flatMap { StatusHead.read($0) } }
            verdict.isAccepted = head != nil
            let document = decoded(input, StatusDocument.decode, &verdict)
            if let head, let document, let id = RequestID(document.requestID) {
                // Names that stand twice may be resolved differently by the decoder, which is not ours.
                verdict.expect(id == head.requestID || hasTwins(input), "head and document name two requests")
            }
            agree(on: input, &verdict)
        }
    }

    static func timeline() throws -> FuzzReader {
        FuzzReader("timeline", share: 5, mutator: try mutator(.timeline)) { input, verdict in
            verdict.isAccepted = decoded(input, TimelineDocument.decode, &verdict) != nil
        }
    }

    private static func decoded<Document>(
        _ input: Wire, _ decode: ([UInt8]) throws -> Document, _ verdict: inout FuzzVerdict
    ) -> Document? {
        do {
            return try decode(input.value ?? [])
        } catch {
            verdict.expect(error is DecodingError, "an odd error: \(type(of: error))")
            return nil
        }
    }

    private static func hasTwins(_ input: Wire) -> Bool {
        guard let members = (try? JSONTree(bytes: input.value ?? []))?.members else { return true }
        return Set(members.map(\.name)).count < members.count
    }

    private static func judge<Value>(
        _ result: Result<Value, Refusal>, _ verdict: inout FuzzVerdict, _ holds: (Value) -> Bool
    ) {
        switch result {
        case .success(let value):
            verdict.isAccepted = true
            verdict.expect(holds(value), "it means something else when it is written again")
        case .failure(let refusal):
            let length = refusal.message.utf8.count
            verdict.expect(length > 0 && length <= 200, "an odd message")
            verdict.expect(refusal.message.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }, "a foreign byte")
            verdict.tells(refusal.message)
        }
    }

    /// Two parsers that share nothing must agree on what is JSON. A dead letter's headers are read by tools.
    private static func agree(on input: Wire, _ verdict: inout FuzzVerdict) {
        input.read { _, headers in
            _ = DeadLetterFacts.read(headers)
            _ = DeadLetter.requeueHeaders(headers)
        }
        guard let value = input.value, value.count % 2 == 0, value.count < 20_000 else { return }
        let isJSON = input.read { bytes, _ in
            guard let bytes else { return false }
            var cursor = JSONCursor(bytes)
            do throws(JSONFault) {
                try cursor.skipValue()
                try cursor.end()
                return true
            } catch {
                return false
            }
        }
        let hasTree = (try? JSONTree(bytes: value)) != nil
        verdict.expect(isJSON == hasTree, "the parsers disagree: cursor \(isJSON), tree \(hasTree)")
    }
}
