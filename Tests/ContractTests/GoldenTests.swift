import Contract
import Foundation
import FuzzKit
import RecordLog
import SagaKernel
import Testing

@Suite struct GoldenTests {
    @Test(arguments: RecordType.allCases)
    func `every golden reads as it says`(_ type: RecordType) throws {
        let goldens = try Golden.all(type)
        #expect(!goldens.isEmpty)
        for golden in goldens {
            let outcome = try Golden.outcome(of: golden.wire, as: type)
            #expect(outcome == golden.expect, "\(golden.name): \(outcome.json)")
        }
    }

    @Test(arguments: [RecordType.request, .ack, .command, .task])
    func `a record reads the same in every form of envelope`(_ type: RecordType) throws {
        for golden in try Golden.all(type) where golden.wire.headers.isEmpty && golden.isJSONObject {
            guard let body = golden.wire.value, golden.expect["message"]?.text?.contains("bytes") != true else {
                continue
            }
            for wire in Self.envelopes(body, type) {
                let outcome = try Golden.outcome(of: wire, as: type)
                #expect(outcome == golden.expect, "\(golden.name): \(outcome.json)")
            }
        }
    }

    /// Binary mode, and structured mode with the data in each of its forms.
    private static func envelopes(_ body: [UInt8], _ type: RecordType) -> [Wire] {
        let ceType = "\(type.ceType)"
        let json = String(decoding: body, as: UTF8.self)
        let quoted = JSONTree.string(json).json
        let base64 = Data(body).base64EncodedString()
        let structured = [("content-type", "application/cloudevents+json; charset=utf-8")]
        func event(_ data: String) -> String {
            #"{"specversion":"1.0","id":"1","source":"/test","type":"\#(ceType)",\#(data)}"#
        }
        return [
            Wire(json, headers: [("ce_specversion", "1.0"), ("ce_type", ceType), ("ce_id", "1")]),
            Wire(event("\"data\":\(json)"), headers: structured),
            Wire(event("\"data\":\(quoted)"), headers: structured),
            Wire(event("\"data_base64\":\"\(base64)\""), headers: structured),
        ]
    }

    @Test func `the goldens show every code that a reader gives`() throws {
        let shown = Set(try Golden.all().compactMap { $0.expect["refused"]?.text })
        let given: Set<RefusalCode> = [
            .malformed, .missingField, .unknownType, .unknownIdentityType, .unknownHub, .tooLarge,
        ]
        #expect(shown.isSuperset(of: given.map(\.rawValue)))
    }

    @Test func `no message says what a record holds`() throws {
        for golden in try Golden.all() {
            guard let message = golden.expect["message"]?.text else { continue }
            for secret in ["thermostat", "a-1", "SN-", Fixture.idText, "other.azure"] {
                #expect(!message.contains(secret), "\(golden.name)")
            }
        }
    }
}
