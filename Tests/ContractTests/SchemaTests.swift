import Contract
import Foundation
import FuzzKit
import SagaKernel
import Testing

@Suite struct SchemaTests {
    private static func schema(_ type: RecordType) throws -> JSONTree {
        try Fixture.tree("config/schemas/\(type.rawValue).json")
    }

    @Test(arguments: RecordType.allCases)
    func `each example of a schema is valid and is read by the code`(_ type: RecordType) throws {
        let schema = try Self.schema(type)
        let validator = SchemaValidator(schema)
        let examples = try #require(schema["examples"]?.elements)
        #expect(!examples.isEmpty)
        for example in examples {
            #expect(validator.violations(of: example) == [])
            let outcome = try Golden.outcome(of: Wire(example.json), as: type)
            #expect(outcome["read"] != nil, "\(outcome.json)")
        }
    }

    @Test(arguments: RecordType.allCases)
    func `each golden that is read is valid`(_ type: RecordType) throws {
        let validator = SchemaValidator(try Self.schema(type))
        // What readers put up with and writers should not do is more than the schema allows.
        let tolerated: Set<String> = [
            "request/time-fraction.json", "request/callbacks.json", "ack/failed-unknown-code.json",
            "ack/fields-of-another-status.json", "command/fields-of-another-command.json",
            "ack/integral-fraction.json", "timeline/without-events.json", "status/without-version.json",
            "request/escaped-names.json",
        ]
        for golden in try Golden.all(type) where golden.isJSONObject && golden.wire.headers.isEmpty {
            guard golden.expect["read"] != nil, !tolerated.contains(golden.name), let value = golden.wire.value else {
                continue
            }
            #expect(validator.violations(of: try JSONTree(bytes: value)) == [], "\(golden.name)")
        }
    }

    @Test func `a missing field of the schema is a refusal of the reader`() throws {
        for type in [RecordType.request, .ack, .command, .task] {
            let schema = try Self.schema(type)
            for name in schema["required"]?.elements?.compactMap(\.text) ?? [] {
                for example in schema["examples"]?.elements ?? [] {
                    let lacking = JSONTree.object((example.members ?? []).filter { $0.name != name })
                    let outcome = try Golden.outcome(of: Wire(lacking.json), as: type)
                    #expect(outcome["refused"]?.text == "missing_field", "\(type) without \(name)")
                    #expect(!SchemaValidator(schema).violations(of: lacking).isEmpty)
                }
            }
        }
    }

    /// Where a word of the code lies in a schema: every word must be there, and no other.
    @Test(arguments: [
        (RecordType.ack, ["properties", "outcome"], Outcome.allCases.map(\.rawValue)),
        (.ack, ["properties", "reason"], PendingReason.allCases.map(\.rawValue)),
        (.ack, ["properties", "verified"], Verified.allCases.map(\.rawValue)),
        (.ack, ["properties", "error", "properties", "code"], TaskErrorCode.allCases.map(\.rawValue)),
        (.command, ["properties", "outcome"], Outcome.allCases.map(\.rawValue)),
        (.task, ["properties", "action"], TaskAction.allCases.map(\.rawValue)),
        (.request, ["properties", "regulation"], Regulation.allCases.map(\.rawValue)),
        (
            .request, ["properties", "subject_request_type"],
            RequestType.allCases.map(\.rawValue) + ["delete", "export"]
        ),
        (.status, ["properties", "request_type"], RequestType.allCases.map(\.rawValue)),
        (.status, ["properties", "regulation"], Regulation.allCases.map(\.rawValue)),
        (.status, ["$defs", "task", "properties", "action"], TaskAction.allCases.map(\.rawValue)),
        (.status, ["$defs", "task", "properties", "outcome"], Outcome.allCases.map(\.rawValue)),
        (.status, ["$defs", "task", "properties", "stage"], Stage.allCases.map(\.name)),
        (.status, ["$defs", "task", "properties", "verified"], Verified.allCases.map(\.rawValue)),
        (.status, ["properties", "state"], SagaState.allCases.map(\.rawValue) + ["rejected"]),
        (.status, ["properties", "sla", "properties", "status"], DeadlineState.allCases.map(\.rawValue)),
        (.status, ["$defs", "task", "properties", "state"], Array(Set(TaskPhase.allCases.map(\.name)))),
        (.status, ["properties", "stages", "items", "properties", "stage"], Stage.allCases.map(\.name)),
        (
            .timeline, ["properties", "events", "items", "properties", "event"],
            TimelineEvent.Kind.allCases.map(\.rawValue)
        ),
    ])
    func `the words of a schema are the words of the code`(
        _ type: RecordType, _ path: [String], _ words: [String]
    ) throws {
        var schema: JSONTree? = try Self.schema(type)
        for part in path { schema = schema?[part] }
        let listed = try #require(schema?["enum"]?.elements).filter { $0 != .null }.compactMap(\.text)
        #expect(listed.sorted() == words.sorted())
    }

    @Test func `the validator notices what is wrong`() throws {
        let schema = try JSONTree(
            """
            {"type":"object","required":["a"],"properties":{"a":{"type":"integer","minimum":1},
             "b":{"enum":["x",null]},"c":{"type":"string","format":"date-time","maxLength":24},
             "d":{"type":"array","minItems":1,"items":{"$ref":"#/$defs/e"},"contains":{"const":"z"}},
             "f":{"additionalProperties":{"type":"string"}}},
             "$defs":{"e":{"type":"string","minLength":1}},
             "oneOf":[{"required":["a"]},{"required":["g"]}]}
            """)
        let validator = SchemaValidator(schema)
        #expect(validator.violations(of: try JSONTree(#"{"a":1,"b":null,"d":["z"],"f":{"x":"y"}}"#)) == [])
        for wrong in [
            "[]", "{}", #"{"a":0}"#, #"{"a":1.5}"#, #"{"a":"1"}"#, #"{"a":1,"b":"y"}"#, #"{"a":1,"c":"now"}"#,
            #"{"a":1,"d":[]}"#, #"{"a":1,"d":["",  "z"]}"#, #"{"a":1,"d":["y"]}"#, #"{"a":1,"f":{"x":1}}"#,
            #"{"a":1,"g":1}"#,
        ] {
            #expect(!validator.violations(of: try JSONTree(wrong)).isEmpty, "\(wrong)")
        }
        let unknown = SchemaValidator(try JSONTree(#"{"pattern":"x"}"#))
        #expect(!unknown.violations(of: .null).isEmpty)
    }
}
