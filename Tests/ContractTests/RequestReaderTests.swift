import Contract
import FuzzKit
import RecordLog
import SagaKernel
import Testing

@Suite struct RequestReaderTests {
    private static func draft(_ change: (inout RequestDraft) -> Void = { _ in }) -> RequestDraft {
        var draft = RequestDraft(
            id: Fixture.id, type: .erasure, submitted: Fixture.now,
            identities: [
                .device(hub: "contoso.azure-devices.net", deviceID: "a-1"),
                SubjectIdentity(type: "serial_number", value: "SN-1"),
            ])
        change(&draft)
        return draft
    }

    private static func read(
        _ bytes: [UInt8], limits: RequestLimits = RequestLimits(), headers: [(String, String)] = []
    ) throws -> Result<Request, Refusal> {
        let reader = try Fixture.requestReader(limits)
        return Wire(bytes: bytes, headers: headers).read { reader.read(value: $0, headers: $1, now: Fixture.now) }
    }

    private static func meaning(_ change: (inout RequestDraft) -> Void = { _ in }) throws -> Fingerprint {
        try read(RequestWriter.bytes(draft(change))).get().meaning
    }

    @Test func `what does not change the meaning of a request`() throws {
        let meaning = try Self.meaning()
        #expect(try Self.meaning { $0.submitted = $0.submitted.adding(milliseconds: -5_000) } == meaning)
        #expect(try Self.meaning { $0.identities.reverse() } == meaning)
        #expect(try Self.meaning { $0.identities.append($0.identities[0]) } == meaning)
        #expect(
            try Self.meaning { $0.identities[0].value = "CONTOSO.azure-devices.net/a-1" } == meaning)
        let excluded = try Self.meaning { $0.excludedEndpoints = ["a", "b"] }
        #expect(try Self.meaning { $0.excludedEndpoints = ["b", "a", "b"] } == excluded)
        let text = String(decoding: RequestWriter.bytes(Self.draft()), as: UTF8.self)
        let aliased = text.replacing("\"erasure\"", with: "\"delete\"")
            .replacing(Fixture.idText, with: Fixture.idText.uppercased())
            .replacing("{\"regulation\"", with: "{\"unknown\":1,\"regulation\"")
        #expect(try Self.read(Array(aliased.utf8)).get().meaning == meaning)
    }

    @Test func `what changes the meaning of a request`() throws {
        let meanings = [
            try Self.meaning(), try Self.meaning { $0.type = .access }, try Self.meaning { $0.regulation = .ccpa },
            try Self.meaning { $0.identities[0].value = "contoso.azure-devices.net/A-1" },
            try Self.meaning { $0.identities[0].value = "fabrikam.azure-devices.net/a-1" },
            try Self.meaning { $0.identities[1].type = "device_name" },
            try Self.meaning { $0.identities.removeLast() }, try Self.meaning { $0.dryRun = true },
            try Self.meaning { $0.excludedEndpoints = ["registry"] }, try Self.meaning { $0.requestedBy = "portal" },
            try Self.meaning { $0.requestedBy = "" },
            try Self.meaning { $0.callbackURLs = ["https://a.example"] },
            try Self.meaning { $0.callbackURLs = ["https://a.example", "https://b.example"] },
            try Self.meaning { $0.callbackURLs = ["https://b.example", "https://a.example"] },
        ]
        #expect(Set(meanings).count == meanings.count)
    }

    @Test func `a request is too large from the first byte beyond the limit and is not parsed`() throws {
        var bytes = RequestWriter.bytes(Self.draft())
        bytes += [UInt8](repeating: 0x20, count: 1_024 - bytes.count)
        let limits = RequestLimits(requestBytes: 1_024)
        #expect(throws: Never.self) { try Self.read(bytes, limits: limits).get() }
        // Not JSON any more, but that is not looked at.
        let refusal = Refusal(code: .tooLarge, message: "the record has more bytes than the limit")
        #expect(try Self.read(bytes + [0x78], limits: limits) == .failure(refusal))
    }

    @Test func `the limit of identities counts them as they are written`() throws {
        let draft = Self.draft { draft in
            draft.identities = (0..<3).map { .device(hub: "contoso.azure-devices.net", deviceID: "d-\($0 % 2)") }
        }
        let bytes = RequestWriter.bytes(draft)
        #expect(try Self.read(bytes, limits: RequestLimits(identities: 3)).get().subjects.count == 2)
        guard case .failure(let refusal) = try Self.read(bytes, limits: RequestLimits(identities: 2)) else {
            Issue.record("three identities were taken where two are allowed")
            return
        }
        #expect(refusal.code == .tooLarge)
        #expect(refusal.requestID == nil)
    }

    @Test func `which fault is reported does not depend on the order of the fields`() throws {
        let members = [
            #""subject_request_id":"\#(Fixture.idText)""#, #""subject_request_type":"?""#, #""regulation":"?""#,
            #""submitted_time":"?""#, #""subject_identities":[]"#,
        ]
        for rotation in members.indices {
            let rotated = members[rotation...] + members[..<rotation]
            let result = try Self.read(Array("{\(rotated.joined(separator: ","))}".utf8))
            guard case .failure(let refusal) = result else {
                Issue.record("a request of faults was taken")
                continue
            }
            #expect(refusal.code == .unknownType)
            #expect(refusal.requestID == Fixture.id)
        }
    }

    @Test func `a hub is asked for once and in lower case`() throws {
        var asked: [String] = []
        let reader = RequestReader(limits: RequestLimits(), subjectKey: try Fixture.key()) { hub in
            asked.append(hub)
            return true
        }
        let draft = Self.draft { draft in
            draft.identities = ["A.example/x", "a.EXAMPLE/y", "b.example/z"].map {
                SubjectIdentity(type: "iot_hub_device", value: $0)
            }
        }
        let result = Wire(bytes: RequestWriter.bytes(draft)).read { value, headers in
            reader.read(value: value, headers: headers, now: Fixture.now)
        }
        #expect(try result.get().hubs == ["a.example", "b.example"])
        #expect(asked == ["a.example", "b.example"])
    }

    /// The largest that fits the limit, each of a shape that could make a careless reader slow.
    @Test(arguments: ["excluded", "callbacks", "unknown names", "escapes", "numbers", "nested", "identities"])
    func `no request that fits the limit takes long`(_ shape: String) throws {
        let bytes = Array(Self.worst(shape).utf8.prefix(262_144))
        let start = ContinuousClock.now
        #expect(throws: Never.self) { try Self.read(bytes, limits: RequestLimits(identities: 1_000)).get() }
        #expect(.now - start < .seconds(5))
    }

    private static func worst(_ shape: String) -> String {
        let head =
            #"{"subject_request_id":"\#(Fixture.idText)","subject_request_type":"erasure","#
            + #""submitted_time":"2026-11-02T15:00:00Z","#
        let identities =
            #""subject_identities":[{"identity_type":"iot_hub_device","#
            + #""identity_value":"contoso.azure-devices.net/a-1"}]"#
        func list(_ element: (Int) -> String, _ count: Int) -> String {
            "[" + (0..<count).map(element).joined(separator: ",") + "]"
        }
        switch shape {
        case "excluded":
            return head + identities + #","extensions":{"habeas":{"exclude_endpoints":"#
                + list({ "\"\(String($0, radix: 36))\"" }, 36_000) + "}}}"
        case "callbacks":
            return head + identities + #","status_callback_urls":"# + list({ "\"http://\($0)\"" }, 16_000) + "}"
        case "unknown names": return head + identities + (0..<24_000).map { ",\"\($0)\":0" }.joined() + "}"
        case "escapes": return head + identities + ",\"x\":\"" + String(repeating: "\\u00e9", count: 43_000) + "\"}"
        case "numbers": return head + identities + ",\"x\":" + String(repeating: "9", count: 261_000) + "}"
        case "nested": return head + identities + ",\"x\":" + list({ _ in "[[[[[[]]]]]]" }, 19_000) + "}"
        default:
            let prefix = "contoso.azure-devices.net/" + String(repeating: "x", count: 90)
            func identity(_ number: Int) -> String {
                let type = number % 2 == 0 ? "iot_hub_device" : "device_name"
                return #"{"identity_type":"\#(type)","identity_value":"\#(prefix)\#(number)"}"#
            }
            return head + #""subject_identities":"# + list(identity, 1_000) + "}"
        }
    }
}
