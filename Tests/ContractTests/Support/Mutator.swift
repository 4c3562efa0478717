import Contract
import TestSeed

/// Makes records that are almost, nearly or not at all right out of right ones.
struct Mutator {
    private let seeds: [Golden]
    /// Those that are read: what is nearly right goes deepest.
    private let right: [Golden]
    /// What a mutation puts where a token was: the edges of every rule, and a word that no message may repeat.
    private let tokens: [[UInt8]]

    static let canary = "Canary-4711"

    init(seeds: [Golden]) {
        self.seeds = seeds
        right = seeds.filter { $0.expect["read"] != nil }
        let texts = [
            "null", "true", "false", "0", "-0", "-1", "1.0", "1.5", "1e3", "1e-9999", "9223372036854775807",
            "9223372036854775808", "-9223372036854775809", "2147483648", "\"\"", "\"\(Self.canary)\"", "[]", "{}",
            "[{}]",
            "{\"a\":1}", "\"\\u0000\"", "\"\\ud800\"", "\"\\ud83d\\ude00\"", "\"\u{1F600}\"", "\"\\", "\"", "{", "}",
            "[", "]", ",", ":", "\"2026-11-02T15:00:00Z\"", "\"0000-01-01T00:00:00Z\"", "\"9999-12-31T23:59:60Z\"",
            "\"PT0S\"", "\"P99999999999999999W\"", "\"P-1D\"", "\"contoso.azure-devices.net/\(Self.canary)\"",
            "\"contoso.azure-devices.net/\(Self.canary)/m\"", "\"\(Self.canary).net/d\"", "\"\(Fixture.idText)\"",
            "\"\(Fixture.idText.uppercased())/\(Self.canary)\"", "\"completed\"", "\"pending\"", "\"failed\"",
            "\"subject_request_id\"", "\"request_id\"", "\"task_id\"", "\"data\"", "\"data_base64\"",
            "\"identity_type\"",
            String(repeating: "[", count: 70), String(repeating: "{\"a\":", count: 66),
            "\"" + String(repeating: "x", count: 5_000) + "\"", "\"" + String(repeating: "\\u00e9", count: 900) + "\"",
        ]
        tokens = texts.map { Array($0.utf8) } + [[0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF]]
    }

    /// The input of this number; the same for the same numbers.
    func input(seed: UInt64, index: Int) -> (type: RecordType, wire: Wire) {
        var random = SeededRandom(seed: seed &* 0x1_0000_0000 &+ UInt64(index))
        let from = random.chance(4, in: 5) ? right : seeds
        let golden = from[random.below(from.count)]
        var wire = golden.wire
        let rounds = random.chance(2, in: 3) ? 1 : 2 + random.below(5)
        for _ in 0..<rounds {
            if random.chance(1, in: 5) {
                mutateHeaders(&wire, &random)
            } else if var bytes = wire.value {
                mutate(&bytes, &random)
                wire.value = bytes
            }
        }
        return (golden.type, wire)
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        switch random.below(12) {
        case 0: flip(&bytes, &random)
        case 1: bytes.removeSubrange(range(bytes, &random))
        case 2:
            let range = range(bytes, &random)
            bytes.insert(contentsOf: Array(bytes[range]), at: random.below(bytes.count + 1))
        case 3: bytes.removeLast(random.below(bytes.count + 1))
        case 4: bytes.insert(contentsOf: tokens[random.below(tokens.count)], at: random.below(bytes.count + 1))
        case 5:
            guard let other = seeds[random.below(seeds.count)].wire.value else { return }
            bytes.replaceSubrange(range(bytes, &random), with: other[range(other, &random)])
        case 6: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: random.below(bytes.count + 1))
        default: mutateTokens(&bytes, &random)
        }
        if bytes.count > 200_000 { bytes.removeLast(bytes.count - 200_000) }
    }

    private func flip(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        guard !bytes.isEmpty else { return }
        bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8))
    }

    private func range(_ bytes: [UInt8], _ random: inout SeededRandom) -> Range<Int> {
        let start = random.below(bytes.count + 1)
        return start..<start + random.below(min(bytes.count - start, 64) + 1)
    }

    /// Replaces, removes, doubles or swaps whole tokens, so that most of what comes out is JSON still.
    private func mutateTokens(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        let places = Self.tokens(of: bytes)
        guard !places.isEmpty else { return }
        let place = places[random.below(places.count)]
        switch random.below(10) {
        case 0: bytes.removeSubrange(place)
        case 1: bytes.insert(contentsOf: Array(bytes[place]), at: place.upperBound)
        case 2: bytes.replaceSubrange(place, with: Array(bytes[places[random.below(places.count)]]))
        case 3: bytes.insert(contentsOf: [0x20, 0x0A, 0x0D, 0x09], at: place.upperBound)
        case 4, 5:
            // A member that nobody knows, at the head of an object.
            guard
                let object = places.first(where: { $0.lowerBound >= place.lowerBound && bytes[$0.lowerBound] == 0x7B })
            else { return }
            let member = Array("\"\(Self.canary)\":".utf8) + tokens[random.below(tokens.count)] + [0x2C]
            bytes.insert(contentsOf: member, at: object.upperBound)
        case 6:
            let words = places.filter { bytes[$0.lowerBound] == bytes[place.lowerBound] }
            bytes.replaceSubrange(place, with: Array(bytes[words[random.below(words.count)]]))
        default: bytes.replaceSubrange(place, with: tokens[random.below(tokens.count)])
        }
    }

    /// Strings, words, numbers and brackets, by a rough reading that also works on what is no JSON.
    private static func tokens(of bytes: [UInt8]) -> [Range<Int>] {
        var tokens: [Range<Int>] = []
        var index = 0
        while index < bytes.count {
            let start = index
            let isString = bytes[index] == 0x22
            index += 1
            if isString {
                while index < bytes.count, bytes[index] != 0x22 { index += bytes[index] == 0x5C ? 2 : 1 }
                index = min(index + 1, bytes.count)
            } else if isWord(bytes[start]) {
                while index < bytes.count, isWord(bytes[index]) { index += 1 }
            }
            if bytes[start] > 0x20 { tokens.append(start..<index) }
        }
        return tokens
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D || byte == 0x2E
    }

    private func mutateHeaders(_ wire: inout Wire, _ random: inout SeededRandom) {
        let names = [
            "content-type", "ce_type", "ce_specversion", "ce_id", "traceparent", "ce_traceparent", "habeas.forwarded",
            "habeas.error.code", "habeas.source.partition", "", "ce_", "CE_TYPE", Self.canary,
        ]
        let values = [
            "application/cloudevents+json", "Application/CloudEvents+JSON;a=b", "application/cloudevents", "", ";",
            "dev.habeas.request.v1", "dev.habeas.ack.v1", "1.0", "1.", "00-", Self.canary,
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        ]
        let value = random.chance(1, in: 10) ? nil : Array(values[random.below(values.count)].utf8)
        guard !wire.headers.isEmpty, random.chance(1, in: 2) else {
            return wire.headers.append((names[random.below(names.count)], value))
        }
        let index = random.below(wire.headers.count)
        switch random.below(4) {
        case 0: wire.headers.remove(at: index)
        case 1: wire.headers[index].value = value
        case 2: wire.headers[index].name = names[random.below(names.count)]
        default:
            guard var bytes = wire.headers[index].value else { return }
            mutate(&bytes, &random)
            wire.headers[index].value = bytes
        }
    }
}
