import Contract
import Foundation
import SagaKernel
import TestSeed
import Testing

@Suite struct RedactorTests {
    private static let subjects = [
        Subject(
            hub: "contoso.azure-devices.net", deviceID: "Thermostat-17", moduleID: "opc",
            aliases: [
                Subject.Alias(identityType: "serial_number", identityValue: "SN 0042/77"),
                Subject.Alias(identityType: "device_name", identityValue: "Küche"),
            ]),
        Subject(hub: "contoso.azure-devices.net", deviceID: "7"),
    ]

    @Test(arguments: [
        "Thermostat-17", "thermostat-17", "xTHERMOSTAT-17y", "https://a.example/devices/thermostat%2D17?x=1",
        "%54hermostat-17", "thermostat%252D17", "a%25252Db thermostat%25252D17", "opc", "a/opc/b", "opc.", "-OPC-",
        "SN 0042/77", "sn%200042%2f77", "Küche", "in K%C3%BCche", "küche", "7", "device 7 of 9", "x%2F7%2Fy", "a-7",
    ])
    func `a text that names a subject is found`(_ text: String) {
        #expect(Redactor(subjects: Self.subjects).matches(text))
    }

    @Test(arguments: [
        "", "thermostat-1", "Thermostat_17", "opcua", "copc", "opc2", "SN 0042", "17", "77", "a7", "7b", "x7x",
        "contoso.azure-devices.net", "%", "%%%2", "%2", "%ZZ", "purge-970318e0", "KÜCHE", "%2525",
    ])
    func `a text that names none is left alone`(_ text: String) {
        #expect(!Redactor(subjects: Self.subjects).matches(text))
    }

    @Test func `without subjects nothing is redacted`() {
        #expect(!Redactor(subjects: []).matches("anything"))
    }

    @Test func `every string of a verdict is looked at but the continuation`() {
        let redactor = Redactor(subjects: Self.subjects)
        let name = "of thermostat-17"
        var completion = Completion(outcome: .exported, recordCount: 7, method: name, verified: .readBack)
        completion.artifacts = [
            Artifact(uri: "https://a.example/\(name)", sha256: nil, bytes: 7, contentType: name),
            Artifact(uri: "https://a.example/b", sha256: "ab", bytes: 7, contentType: "text/plain"),
        ]
        completion.evidence = [
            Evidence(name: name, value: "x"), Evidence(name: "y", value: name), Evidence(name: "z", value: "w"),
        ]
        var verdict = Acknowledgement.Verdict.completed(completion)
        #expect(redactor.redact(&verdict) == 5)
        var expected = Completion(outcome: .exported, recordCount: 7, method: "[redacted]", verified: .readBack)
        expected.artifacts = completion.artifacts
        expected.artifacts[0].uri = "[redacted]"
        expected.artifacts[0].contentType = "[redacted]"
        expected.evidence = completion.evidence
        expected.evidence[0].name = "[redacted]"
        expected.evidence[1].value = "[redacted]"
        #expect(verdict == .completed(expected))

        var failure = Acknowledgement.Verdict.failed(
            TaskError(code: .conflict, detail: name), retryable: true, retryAfterMs: 5)
        #expect(redactor.redact(&failure) == 1)
        #expect(
            failure == .failed(TaskError(code: .conflict, detail: "[redacted]"), retryable: true, retryAfterMs: 5))

        let pending = Acknowledgement.Verdict.pending(.operationRunning, resumeAt: nil, continuation: name)
        var untouched = pending
        #expect(redactor.redact(&untouched) == 0)
        #expect(untouched == pending)
    }

    @Test func `what an operator writes is looked at too`() {
        var command = Command(
            id: "thermostat-17", requestID: Fixture.id,
            verb: .attest(
                tasks: ["a/erase"], outcome: .attested, evidence: [Evidence(name: "a", value: "thermostat-17")]),
            reason: "for Thermostat-17", operator: "dana")
        #expect(Redactor(subjects: Self.subjects).redact(&command) == 2)
        #expect(command.reason == "[redacted]")
        #expect(command.operator == "dana")
        #expect(command.id == "thermostat-17")
        #expect(
            command.verb
                == .attest(
                    tasks: ["a/erase"], outcome: .attested, evidence: [Evidence(name: "a", value: "[redacted]")]))
    }

    /// Against a search that is too slow for use and too simple to be wrong.
    @Test func `the search finds what a plain search finds`() {
        var random = SeededRandom(seed: 3)
        let letters = Array("aB1-%2")
        func word(_ maximum: Int) -> String {
            String((0..<1 + random.below(maximum)).map { _ in letters[random.below(letters.count)] })
        }
        var found = 0
        for _ in 0..<2_000 {
            let ids = (0..<1 + random.below(random.chance(1, in: 8) ? 20 : 3)).map { _ in word(8) }
            let redactor = Redactor(subjects: ids.map { Subject(hub: "h", deviceID: $0) })
            var middle = random.chance(1, in: 2) ? ids[0] : ""
            if random.chance(1, in: 3) { middle = middle.uppercased() }
            if random.chance(1, in: 3) { middle = middle.replacing("-", with: "%2d") }
            let text = word(6) + middle + word(6)
            let expected = Self.plainly(text, ids)
            #expect(redactor.matches(text) == expected, "\(ids) in \(text)")
            if expected { found += 1 }
        }
        #expect(found > 400 && found < 1_600, "\(found)")
    }

    private static func plainly(_ text: String, _ ids: [String]) -> Bool {
        var texts = [Array(text.utf8)]
        for _ in 0..<3 { texts.append(decoded(texts[texts.count - 1])) }
        return texts.contains { text in ids.contains { occurs(Array($0.lowercased().utf8), text) } }
    }

    private static func decoded(_ text: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var index = 0
        while index < text.count {
            let digits = String(decoding: text[(index + 1)...].prefix(2), as: UTF8.self)
            if text[index] == 0x25, digits.count == 2, let byte = UInt8(digits, radix: 16), !digits.contains("-") {
                out.append(byte)
                index += 3
            } else {
                out.append(text[index])
                index += 1
            }
        }
        return out
    }

    private static func occurs(_ id: [UInt8], _ text: [UInt8]) -> Bool {
        let text = text.map { (0x41...0x5A).contains($0) ? $0 + 32 : $0 }
        func isWord(_ index: Int) -> Bool {
            guard text.indices.contains(index) else { return false }
            return (0x30...0x39).contains(text[index]) || (0x61...0x7A).contains(text[index])
        }
        guard text.count >= id.count else { return false }
        return (0...(text.count - id.count)).contains { start in
            text[start..<start + id.count].elementsEqual(id)
                && (id.count >= 6 || (!isWord(start - 1) && !isWord(start + id.count)))
        }
    }
}
