import Contract
import SagaKernel
import Testing

@testable import Connectors

@Suite struct OwnerAnswerTests {
    private func read(_ body: String, _ action: TaskAction = .erase) throws -> Acknowledgement.Verdict {
        try OwnerAnswer.read(Array(body.utf8), of: TaskMaking.task(action, settings: "{}"))
    }

    @Test func `evidence may be what the contract allows`() throws {
        let verdict = try read(
            #"""
            {"status":"completed","outcome":"erased","request_id":null,"epoch":null,"worker":7,"time":"yesterday",
             "evidence":{"rows":12,"ratio":0.50,"all":true,"none":null,"job":"a\"b\\c\n\u00e9"}}
            """#)
        #expect(
            verdict.completion?.evidence == [
                Evidence(name: "rows", value: "12"), Evidence(name: "ratio", value: "0.50"),
                Evidence(name: "all", value: "true"), Evidence(name: "job", value: "a\"b\\c\né"),
            ])
    }

    @Test(arguments: [TaskAction.export, .erase, .verify], Outcome.allCases)
    func `an outcome is one of an action's where the kernel says so`(action: TaskAction, outcome: Outcome) {
        let verdict = try? read(#"{"status":"completed","outcome":"\#(outcome.rawValue)"}"#, action)
        #expect(verdict?.completion?.outcome == (action.accepts(outcome) ? outcome : nil))
    }

    @Test(arguments: [
        #""evidence":{"a":"1","a":"2"}"#, #""evidence":{"a":[]}"#, #""evidence":{"a":{}}"#, #""evidence":[]"#,
        #""artifacts":[{"uri":"x","sha256":"12"}]"#, #""artifacts":[{}]"#, #""method":7"#, #""verified":"surely""#,
        #""record_count":1.5"#, #""method":"m","method":"m""#,
    ]) func `what the contract's reader refuses is not taken`(field: String) {
        #expect(throws: OwnerAnswer.Unusable.self) {
            try read(#"{"status":"completed","outcome":"erased",\#(field)}"#)
        }
    }

    @Test func `what would be too long as an acknowledgement is refused before it is one`() throws {
        let artifacts = { (count: Int, bytes: Int) in
            let uri = "https://" + String(repeating: "x", count: bytes)
            let list = [String](repeating: #"{"uri":"\#(uri)"}"#, count: count).joined(separator: ",")
            return #"{"status":"completed","outcome":"exported","artifacts":[\#(list)]}"#
        }
        #expect(try read(artifacts(32, 1_000), .export).completion?.artifacts.count == 32)
        #expect(throws: OwnerAnswer.Unusable("longer than an acknowledgement may be")) {
            try read(artifacts(20, 4_000), .export)
        }
        #expect(throws: OwnerAnswer.Unusable.self) { try read(artifacts(33, 10), .export) }
        #expect(throws: OwnerAnswer.Unusable.self) { try read(artifacts(1, 5_000), .export) }
    }

    @Test func `every answer that is taken can be read as an acknowledgement`() throws {
        let task = TaskMaking.task(.erase, settings: "{}")
        for body in [
            #"{"status":"completed","outcome":"expired","evidence":{"n":1e3}}"#,
            #"{"status":"pending","reason":"throttled","resume_at":"2026-11-02T15:00:00Z"}"#,
            #"{"status":"failed","error":{"code":"x","retryable":false,"detail":"\u0001"}}"#,
        ] {
            let verdict = try read(body)
            let bytes = AcknowledgementWriter.bytes(task: task, verdict: verdict, worker: "w", time: task.due)
            let again = bytes.withUnsafeBytes {
                AcknowledgementReader().read(value: $0, headers: .init(start: nil, count: 0))
            }
            #expect(try again.get().acknowledgement.verdict == verdict)
        }
    }
}
