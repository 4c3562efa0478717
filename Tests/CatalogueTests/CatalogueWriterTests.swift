import SagaKernel
import TestSeed
import Testing

@testable import Catalogue

@Suite struct CatalogueWriterTests {
    @Test func `a catalogue of defaults is written without a single field more`() throws {
        let endpoints = PlannerTable.entries.map {
            $0.endpoint(id: $0.kind.rawValue.replacing("_", with: "-"))
        }
        let catalogue = Catalogue(hubs: [Catalogue.Hub(host: "contoso.azure-devices.net", endpoints: endpoints)])
        let text = try CatalogueWriter().write(catalogue)
        #expect(text.split(separator: "\n").count == 3 + 2 * endpoints.count)
        // What is read has one thing more: how long the connector `retention` waits.
        let read = zip(PlannerTable.entries, endpoints).map { entry, endpoint in
            var filled = endpoint
            entry.fillRetention(of: &filled)
            return filled
        }
        let isSame = CatalogueFile.read(text).catalogue?.hubs[0].endpoints == read
        #expect(isSame)
    }

    @Test func `whatever can be in a catalogue is read back after it was written`() throws {
        let seed = Seed.announced(for: "catalogue round trip")
        var choices = SeededRandom(seed: seed)
        for _ in 0..<300 {
            let catalogue = RandomCatalogue.make(&choices)
            let text = try CatalogueWriter(header: ["A header"], notes: ["e0": ["A note\nof two lines"]]).write(
                catalogue)
            let reading = CatalogueFile.read(text)
            let isSame = reading.catalogue == catalogue
            let wanted = catalogue.hubs.flatMap(\.endpoints)
            let other = zip(wanted, reading.catalogue?.hubs.flatMap(\.endpoints) ?? []).first { $0 != $1 }
            #expect(isSame, "seed \(seed)\n\(reading.report)\n\(String(describing: other))\n\(text)")
            let again = try CatalogueWriter(header: ["A header"], notes: ["e0": ["A note\nof two lines"]]).write(
                catalogue)
            #expect(again == text)
            guard isSame else { return }
        }
    }

    @Test func `settings that are no object are refused instead of lost`() {
        for settings in ["", "[]", "{", "3"] {
            var endpoint = PlannerTable.entry(for: .other).endpoint(id: "a")
            endpoint.settingsJSON = settings
            let catalogue = Catalogue(hubs: [Catalogue.Hub(host: "a.b", endpoints: [endpoint])])
            #expect(throws: CatalogueWriterFailure.settingsAreNoObject(endpointID: "a")) {
                try CatalogueWriter().write(catalogue)
            }
        }
    }

    @Test func `a note cannot break out of its comment`() throws {
        let endpoint = PlannerTable.entry(for: .other).endpoint(id: "a")
        let catalogue = Catalogue(hubs: [Catalogue.Hub(host: "a.b", endpoints: [endpoint])])
        let note = "one\ntwo\rthree\u{85}four\u{2028}five\u{2029}six\u{07}: [" + String(repeating: "word ", count: 200)
        let text = try CatalogueWriter(header: [note], notes: ["a": [note]]).write(catalogue)
        let isSame = CatalogueFile.read(text).catalogue == catalogue
        #expect(isSame, "\(text)")
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 })
    }
}

/// Catalogues with everything in them that the file's form allows.
enum RandomCatalogue {
    static func make(_ choices: inout SeededRandom) -> Catalogue {
        var next = 0
        let hubs = (0...Int.random(in: 0...2, using: &choices)).map { number in
            let endpoints = (0...Int.random(in: 0...4, using: &choices)).map { _ in
                defer { next += 1 }
                return endpoint("e\(next)", &choices)
            }
            let disclosures = ["backups", "iot_hub_system_logs", "crm", "x.y"].filter { _ in
                Bool.random(using: &choices)
            }
            return Catalogue.Hub(
                host: "hub-\(number).azure-devices.net",
                resourceID: Bool.random(using: &choices) ? "/subscriptions/\(text(&choices, oneLine: true))" : nil,
                endpoints: endpoints,
                disclosures: disclosures.map {
                    let known = KnownDisclosure(rawValue: $0)?.reason ?? KnownDisclosure.declared
                    return Disclosure(system: $0, reason: Bool.random(using: &choices) ? known : "because")
                })
        }
        return Catalogue(hubs: hubs)
    }

    private static func endpoint(_ id: String, _ choices: inout SeededRandom) -> Endpoint {
        let kind = EndpointKind.allCases.randomElement(using: &choices) ?? .other
        var endpoint = PlannerTable.entry(for: kind).endpoint(id: id)
        func maybe(_ change: (inout SeededRandom) -> Void) { if Bool.random(using: &choices) { change(&choices) } }
        maybe {
            endpoint.connector = ["attestation", "blob_storage.2", "retention"].randomElement(using: &$0) ?? "x"
            endpoint.awaitsOwner = endpoint.connector == Endpoint.attestationConnector
        }
        maybe { endpoint.resourceID = "/" + text(&$0, oneLine: true) }
        maybe { endpoint.stage = [.source, .sinks, .logs].randomElement(using: &$0) ?? .sinks }
        maybe { endpoint.settleMs = Int64.random(in: 0...378_691_200_000, using: &$0) }
        maybe { endpoint.ackTimeoutMs = Int64.random(in: 1_000...604_800_000, using: &$0) }
        maybe { endpoint.worstCaseMs = Int64.random(in: 0...378_691_200_000, using: &$0) }
        maybe { endpoint.maxAttempts = Int.random(in: 1...1_000, using: &$0) }
        maybe {
            let initial = Int64.random(in: 100...1_000_000, using: &$0)
            endpoint.backoff = Backoff(
                initialMs: initial, maximumMs: Int64.random(in: initial...2_592_000_000, using: &$0))
        }
        maybe { choices in
            endpoint.reverifyMs = Set((0..<3).map { _ in Int64.random(in: 1...1_000_000, using: &choices) }).sorted()
        }
        maybe { choices in
            if endpoint.reverifyMs.isEmpty { endpoint.actions = Bool.random(using: &choices) ? [.export] : [.erase] }
        }
        var members = (0..<Int.random(in: 0...5, using: &choices)).reduce(into: [String: JSONValue]()) { members, _ in
            members[text(&choices)] = json(&choices, depth: 0)
        }
        if endpoint.connector == PlannerTable.retentionConnector { members["retention"] = "P3D" }
        endpoint.settingsJSON = JSONValue.object(members).canonicalText
        return endpoint
    }

    static func json(_ choices: inout SeededRandom, depth: Int) -> JSONValue {
        switch Int.random(in: 0...(depth < 4 ? 7 : 4), using: &choices) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &choices))
        case 2:
            return .number(
                ["0", "-0", "1.50", "1e9", "-12E-3", "99999999999999999999"].randomElement(using: &choices) ?? "0")
        case 3, 4: return .string(text(&choices))
        case 5:
            return .array((0..<Int.random(in: 0...3, using: &choices)).map { _ in json(&choices, depth: depth + 1) })
        default:
            let members = (0..<Int.random(in: 0...3, using: &choices)).map { _ in
                (text(&choices), json(&choices, depth: depth + 1))
            }
            return .object(Dictionary(members, uniquingKeysWith: { first, _ in first }))
        }
    }

    /// Without U+FEFF, which the YAML library drops at the start of a text.
    private static let words = [
        "plain", "true", "null", "~", "1", "0x1f", "-", "- a", "a: b", "#", "a #b", "'", "\"", "\\", "", " ", " a ",
        "*x",
        "&y", "!t", "{", "}", "[", "]", ",", "|", ">", "%", "@", "`", "?", "é", "e\u{301}", "😀", "漢字", "\u{A0}",
        "P1D", ".inf", "<<", "=", "2026-01-01", "on", "No", "...", "---", "\u{E000}",
    ]
    private static let control = [
        "\n", "\r", "\t", "\u{0}", "\u{7}", "\u{7F}", "\u{85}", "\u{2028}", "\u{FFFE}", "\u{10FFFF}",
    ]

    static func text(_ choices: inout SeededRandom, oneLine: Bool = false) -> String {
        let pool = oneLine ? words : words + control
        return (0..<Int.random(in: 1...4, using: &choices)).map { _ in pool.randomElement(using: &choices) ?? "" }
            .joined()
    }
}
