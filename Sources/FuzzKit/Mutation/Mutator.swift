package import TestSeed

/// Makes inputs that are almost, nearly or not at all right out of right ones.
///
/// Most of what it does keeps the form of the input (whole tokens of JSON, lines of YAML, parts of a query), so that
/// readers get past their first line.
package struct Mutator: Sendable {
    /// How an input is built, and so what can be moved about in it.
    package enum Form: Sendable {
        case json, yaml, query, binary, lines
    }

    let form: Form
    package let seeds: [Wire]
    /// Those that are read: what is nearly right goes deepest.
    private let right: [Wire]
    /// One input in so many gets something of up to a mebibyte put in.
    private static let giantOneIn = 4_000
    private static let bytesMax = 3 * 1_048_576

    /// - Parameter right: the seeds that a reader takes; empty where all are.
    package init(form: Form, seeds: [Wire], right: [Wire] = []) {
        precondition(!seeds.isEmpty, "a mutator needs something to begin with")
        self.form = form
        self.seeds = seeds
        self.right = right.isEmpty ? seeds : right
    }

    /// The input of this number; the same for the same numbers.
    package func input(seed: UInt64, index: Int) -> Wire {
        var random = SeededRandom(seed: seed &* 0x1_0000_0000 &+ UInt64(index))
        return mutated(random.pick(random.chance(4, in: 5) ? right : seeds), &random)
    }

    /// A changed copy of an input.
    package func mutated(_ input: Wire, _ random: inout SeededRandom) -> Wire {
        var wire = input
        // Some seeds as they are: what is valid must be taken.
        if random.chance(1, in: 200) { return wire }
        let rounds = random.chance(2, in: 3) ? 1 : 2 + random.below(5)
        for _ in 0..<rounds {
            if random.chance(1, in: 5), form == .json || !wire.headers.isEmpty {
                mutateHeaders(&wire, &random)
            } else if var bytes = wire.value {
                mutate(&bytes, &random)
                wire.value = bytes
            }
        }
        return wire
    }

    package func mutated(_ input: Wire, seed: UInt64) -> Wire {
        var random = SeededRandom(seed: seed)
        return mutated(input, &random)
    }

    func mutate(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        if random.chance(1, in: Self.giantOneIn) {
            putGiant(in: &bytes, &random)
        } else {
            switch random.below(12) {
            case 0: flip(&bytes, &random)
            case 1: bytes.removeSubrange(range(bytes, &random))
            case 2:
                let range = range(bytes, &random)
                bytes.insert(contentsOf: Array(bytes[range]), at: random.below(bytes.count + 1))
            case 3: bytes.removeLast(random.below(bytes.count + 1))
            case 4: bytes.insert(contentsOf: random.pick(Hostile.tokens), at: random.below(bytes.count + 1))
            case 5: splice(&bytes, &random)
            case 6: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: random.below(bytes.count + 1))
            default: mutateForm(&bytes, &random)
            }
        }
        if bytes.count > Self.bytesMax { bytes.removeLast(bytes.count - Self.bytesMax) }
    }

    private func mutateForm(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        switch form {
        case .json: mutateTokens(&bytes, &random)
        case .yaml: mutateYAML(&bytes, &random)
        case .query: mutateQuery(&bytes, &random)
        case .binary: mutateBinary(&bytes, &random)
        case .lines: mutateLines(&bytes, &random)
        }
    }

    private func putGiant(in bytes: inout [UInt8], _ random: inout SeededRandom) {
        let giant = Hostile.giant(random.below(8))
        let places = Tokens.of(bytes)
        guard form != .binary, !places.isEmpty else {
            return bytes.insert(contentsOf: giant, at: random.below(bytes.count + 1))
        }
        bytes.replaceSubrange(random.pick(places), with: giant)
    }

    private func flip(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        guard !bytes.isEmpty else { return }
        bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8))
    }

    /// A piece of another seed, or its whole end, in the place of a piece of this one.
    private func splice(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        guard let other = random.pick(seeds).value else { return }
        if random.chance(1, in: 3) {
            bytes.removeLast(random.below(bytes.count + 1))
            bytes.append(contentsOf: other.suffix(random.below(other.count + 1)))
        } else {
            bytes.replaceSubrange(range(bytes, &random), with: other[range(other, &random)])
        }
    }

    func range(_ bytes: [UInt8], _ random: inout SeededRandom) -> Range<Int> {
        let start = random.below(bytes.count + 1)
        return start..<start + random.below(min(bytes.count - start, 64) + 1)
    }

    private func mutateHeaders(_ wire: inout Wire, _ random: inout SeededRandom) {
        let names = [
            "content-type", "ce_type", "ce_specversion", "ce_id", "traceparent", "ce_traceparent", "habeas.forwarded",
            "habeas.error.code", "habeas.source.partition", "", "ce_", "CE_TYPE", Hostile.canary, "key", "\u{0}",
            "\u{202E}ce_type",
        ]
        let values = [
            "application/cloudevents+json", "Application/CloudEvents+JSON;a=b", "application/cloudevents", "", ";",
            "dev.habeas.request.v1", "dev.habeas.ack.v1", "1.0", "1.", "00-", Hostile.canary,
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", "-1", "99999999999999999999",
        ]
        let value = random.chance(1, in: 10) ? nil : Array(random.pick(values + Hostile.identities).utf8)
        guard !wire.headers.isEmpty, random.chance(1, in: 2) else {
            return wire.headers.append((random.pick(names), value))
        }
        let index = random.below(wire.headers.count)
        switch random.below(5) {
        case 0: wire.headers.remove(at: index)
        case 1: wire.headers[index].value = value
        case 2: wire.headers[index].name = random.pick(names)
        case 3: wire.headers.append(wire.headers[index])
        default:
            guard var bytes = wire.headers[index].value else { return }
            mutate(&bytes, &random)
            wire.headers[index].value = bytes
        }
    }
}
