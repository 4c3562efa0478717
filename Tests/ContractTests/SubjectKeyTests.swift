import Contract
import Foundation
import SagaKernel
import Testing

@Suite struct SubjectKeyTests {
    /// Made with another implementation: HMAC-SHA256 under the bytes 0 to 31 of
    /// `iot_hub_device\0contoso.azure-devices.net/thermostat-17`.
    @Test func `an identity has the reference that any HMAC gives`() throws {
        let ref = try Fixture.key().reference(
            type: "iot_hub_device", value: "contoso.azure-devices.net/thermostat-17")
        #expect(ref.text == "hmac-sha256:6a9ccfbb2ceddafa51e38d4b42819c59390d9caff931a9198c3d0bf846b7895e")
    }

    /// `device_name\0Dana` and `iot_hub_device\0…` are joined in this order, by one zero byte.
    @Test func `a list has the reference of its sorted and joined identities`() throws {
        let device = SubjectIdentity.device(hub: "Contoso.azure-devices.net", deviceID: "thermostat-17")
        let name = SubjectIdentity(type: "device_name", value: "Dana")
        let key = try Fixture.key()
        let expected = "hmac-sha256:1b56ca8048b29350d9ff155aa4a1abf03ca132ef03f975f29d422f058a06bf65"
        #expect(key.reference(of: [device, name]).text == expected)
        #expect(key.reference(of: [name, device]).text == expected)
        #expect(key.reference(of: [name, device, name]).text == expected)
    }

    @Test func `a single identity and the list of it have the same reference`() throws {
        let device = SubjectIdentity.device(hub: "contoso.azure-devices.net", deviceID: "d", moduleID: "m")
        #expect(
            try Fixture.key().reference(of: [device])
                == Fixture.key().reference(type: "iot_hub_device", value: "contoso.azure-devices.net/d/m"))
    }

    @Test func `another key gives another reference`() throws {
        let other = try SubjectKey(bytes: [UInt8](repeating: 1, count: 32))
        #expect(try Fixture.key().reference(type: "a", value: "b") != other.reference(type: "a", value: "b"))
    }

    @Test func `white space around a key does not matter`() throws {
        let key = try SubjectKey(base64: " \(Fixture.keyText)\r\n")
        #expect(try key.reference(type: "a", value: "b") == Fixture.key().reference(type: "a", value: "b"))
    }

    @Test func `a key that is none says what is wrong and not what it was`() throws {
        #expect(throws: SubjectKeyFault.notBase64) { try SubjectKey(base64: "not base64 at all!") }
        #expect(throws: SubjectKeyFault.tooShort(bytes: 31)) {
            try SubjectKey(base64: Data(repeating: 1, count: 31).base64EncodedString())
        }
        #expect(throws: SubjectKeyFault.tooShort(bytes: 0)) { try SubjectKey(base64: "") }
        #expect(SubjectKeyFault.tooShort(bytes: 31).message.contains("31 bytes where at least 32"))
        #expect(SubjectKeyFault.notBase64.message.contains("openssl rand -base64 32"))
    }

    @Test func `a key does not show itself`() throws {
        let key = try Fixture.key()
        var dumped = ""
        dump(key, to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped] { #expect(text.count < 30) }
    }
}
