import SagaKernel
import TestSeed
import Testing

@testable import Catalogue

/// Broken input in quantity: the answer is a catalogue or at least one fault, never a crash. `HABEAS_SEED` repeats a
/// run, `HABEAS_MUTATIONS` makes a longer one.
@Suite struct MutationTests {
    private static let snippets = [
        "&a ", "*a", "<<: ", "? ", ": ", "- ", "{", "}", "[", "]", "|", ">", "!!int ", "\"", "'", "#", "\n", "\t", "~",
        "null",
        "---\n", "...\n", "%YAML 1.1\n", "\u{0}", "\u{85}", "\u{FEFF}", "\\u0000", "\\ud800", "0x", "-", "1e999", ",",
        "P1M",
        "settle: PT1S\n", "        id: registry\n", "\r", "é", "😀", "\u{E000}", "&a [*a, *a]",
    ]

    private static func mutate(_ bytes: [UInt8], _ choices: inout SeededRandom) -> [UInt8] {
        var bytes = bytes
        for _ in 0...Int.random(in: 0...4, using: &choices) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &choices)
            let end = min(bytes.count, index + Int.random(in: 1...40, using: &choices))
            switch Int.random(in: 0...6, using: &choices) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &choices)
            case 1: bytes.removeSubrange(index..<end)
            case 2: bytes.insert(contentsOf: bytes[index..<end], at: Int.random(in: 0...bytes.count, using: &choices))
            case 3: bytes.removeSubrange(index...)
            case 4: bytes.insert(contentsOf: Array(repeating: bytes[index], count: 50), at: index)
            default: bytes.insert(contentsOf: Array((snippets.randomElement(using: &choices) ?? "").utf8), at: index)
            }
        }
        return bytes
    }

    /// Debug builds take some milliseconds for each.
    private static let rounds = Environment.integer("HABEAS_MUTATIONS") ?? 150

    @Test func `a mutated catalogue file is read or refused, and what is read can be written`() throws {
        let seed = Seed.announced(for: "mutated YAML")
        var choices = SeededRandom(seed: seed)
        let originals = [
            try Repository.bytes("config/catalogue.example.yaml"), Array(CatalogueReadingTests.contract.utf8),
        ]
        var read = 0
        for round in 0..<Self.rounds {
            let bytes = Self.mutate(originals[round % 2], &choices)
            let reading = CatalogueFile.read(bytes: bytes)
            #expect((reading.catalogue == nil) == !reading.faults.isEmpty, "seed \(seed), round \(round)")
            let lines = bytes.count { $0 == 0x0A || $0 == 0x0D } + 2 * bytes.count { $0 == 0x85 || $0 == 0xA8 } + 2
            #expect(reading.faults.allSatisfy { $0.line >= 1 && $0.line <= lines && $0.column >= 1 })
            guard let catalogue = reading.catalogue else { continue }
            read += 1
            let isSame = CatalogueFile.read(try CatalogueWriter().write(catalogue)).catalogue == catalogue
            #expect(isSame, "seed \(seed), round \(round)")
        }
        // Some mutations only touch comments; if none were read, the test would show nothing.
        #expect(read > 0 && read < Self.rounds)
    }

    @Test func `mutated ARM documents are imported or refused, and the import can be read`() throws {
        let seed = Seed.announced(for: "mutated JSON")
        var choices = SeededRandom(seed: seed)
        let names = ["hub.json", "event-subscriptions.json", "diagnostic-settings.json"]
        let originals = try names.map { try Repository.document($0) }
        var limits = CatalogueLimits()
        limits.endpointsPerHub = 1_000
        var imported = 0
        for round in 0..<Self.rounds {
            var documents = originals
            let which = round % documents.count
            documents[which].bytes = Self.mutate(documents[which].bytes, &choices)
            let reading = ARMImport(limits: limits).read(
                hubs: [documents[0]], eventSubscriptions: [documents[1]], diagnosticSettings: [documents[2]])
            #expect((reading.draft == nil) == !reading.faults.isEmpty, "seed \(seed), round \(round)")
            guard let draft = reading.draft else { continue }
            imported += 1
            let back = CatalogueFile.read(try draft.yaml(), limits: limits)
            let isSame = back.catalogue == draft.catalogue
            #expect(isSame, "seed \(seed), round \(round)\n\(back.report)")
        }
        #expect(imported > 0 && imported < Self.rounds)
    }

    /// Members are removed, or get a value of another type: documents stay JSON, so that the import itself is reached.
    @Test func `ARM documents with wrong types are imported without losing the hub's own endpoints`() throws {
        let seed = Seed.announced(for: "wrong types")
        var choices = SeededRandom(seed: seed)
        let names = ["hub.json", "event-subscriptions.json", "diagnostic-settings.json"]
        let originals = try names.map { try JSONParser.parse(try Repository.document($0).bytes) }
        for round in 0..<Self.rounds {
            let documents = zip(names, originals).map { name, value in
                let text = Self.damage(value, oneIn: 40, &choices).canonicalText
                return ARMImport.Document(name: name, bytes: Array(text.utf8))
            }
            let reading = ARMImport().read(
                hubs: [documents[0]], eventSubscriptions: [documents[1]], diagnosticSettings: [documents[2]])
            #expect((reading.draft == nil) == !reading.faults.isEmpty, "seed \(seed), round \(round)")
            guard let draft = reading.draft else { continue }
            let ids = draft.catalogue.hubs[0].endpoints.map(\.id)
            #expect(ids.contains("registry") && ids.contains("builtin") && Set(ids).count == ids.count)
            let back = CatalogueFile.read(try draft.yaml())
            let isSame = back.catalogue == draft.catalogue
            #expect(isSame, "seed \(seed), round \(round)\n\(back.report)")
        }
    }

    private static func damage(_ value: JSONValue, oneIn odds: Int, _ choices: inout SeededRandom) -> JSONValue {
        if Int.random(in: 0..<odds * 10, using: &choices) == 0 { return RandomCatalogue.json(&choices, depth: 2) }
        switch value {
        case .array(let elements): return .array(elements.map { damage($0, oneIn: odds, &choices) })
        case .object(let members):
            var kept: [String: JSONValue] = [:]
            for name in JSONValue.sortedNames(members) where Int.random(in: 0..<odds, using: &choices) != 0 {
                kept[name] = members[name].map { damage($0, oneIn: odds, &choices) }
            }
            return .object(kept)
        case .null, .bool, .number, .string: return value
        }
    }
}
