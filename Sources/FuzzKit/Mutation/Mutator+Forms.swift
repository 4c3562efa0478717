import TestSeed

/// Strings, words, numbers and brackets, by a rough reading that also works on what is no JSON.
enum Tokens {
    /// Only the beginning of what is large is taken apart.
    private static let bytesMax = 65_536

    static func of(_ bytes: [UInt8]) -> [Range<Int>] {
        var tokens: [Range<Int>] = []
        var index = 0
        let end = min(bytes.count, bytesMax)
        bytes.withUnsafeBufferPointer { bytes in
            while index < end {
                let start = index
                let isString = bytes[index] == 0x22
                index += 1
                if isString {
                    while index < end, bytes[index] != 0x22 { index += bytes[index] == 0x5C ? 2 : 1 }
                    index = min(index + 1, end)
                } else if isWord(bytes[start]) {
                    while index < end, isWord(bytes[index]) { index += 1 }
                }
                if bytes[start] > 0x20 { tokens.append(start..<index) }
            }
        }
        return tokens
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D || byte == 0x2E
    }
}

extension Mutator {
    /// Replaces, removes, doubles or swaps whole tokens, so that most of what comes out is JSON still.
    func mutateTokens(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        let places = Tokens.of(bytes)
        guard !places.isEmpty else { return }
        let place = random.pick(places)
        switch random.below(12) {
        case 0: bytes.removeSubrange(place)
        case 1: bytes.insert(contentsOf: Array(bytes[place]), at: place.upperBound)
        case 2: bytes.replaceSubrange(place, with: Array(bytes[random.pick(places)]))
        case 3: bytes.insert(contentsOf: [0x20, 0x0A, 0x0D, 0x09], at: place.upperBound)
        case 4, 5:
            // A member that nobody knows, at the head of an object.
            guard
                let object = places.first(where: { $0.lowerBound >= place.lowerBound && bytes[$0.lowerBound] == 0x7B })
            else { return }
            let member = Array("\"\(Hostile.canary)\":".utf8) + random.pick(Hostile.tokens) + [0x2C]
            bytes.insert(contentsOf: member, at: object.upperBound)
        case 6:
            let words = places.filter { bytes[$0.lowerBound] == bytes[place.lowerBound] }
            bytes.replaceSubrange(place, with: Array(bytes[random.pick(words)]))
        case 7: doubleMember(&bytes, places, &random)
        default: bytes.replaceSubrange(place, with: random.pick(Hostile.tokens))
        }
    }

    /// A member once more, with the value of another one: a key that stands twice.
    private func doubleMember(_ bytes: inout [UInt8], _ places: [Range<Int>], _ random: inout SeededRandom) {
        let names = places.indices.filter { index in
            index > 0 && index + 1 < places.count && bytes[places[index].lowerBound] == 0x22
                && bytes[places[index + 1].lowerBound] == UInt8(ascii: ":")
        }
        guard !names.isEmpty else { return }
        let name = places[random.pick(names)]
        let value = random.chance(1, in: 2) ? Array(bytes[random.pick(places)]) : random.pick(Hostile.tokens)
        bytes.insert(
            contentsOf: Array(bytes[name]) + [UInt8(ascii: ":")] + value + [UInt8(ascii: ",")], at: name.lowerBound)
    }

    /// Whole lines, and what follows the colon of one.
    func mutateYAML(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        let lines = Self.lines(of: bytes)
        let line = random.pick(lines)
        let colon = bytes[line].firstIndex(of: UInt8(ascii: ":"))
        switch random.below(9) {
        case 0: bytes.removeSubrange(line)
        case 1: bytes.insert(contentsOf: Array(bytes[line]), at: random.pick(lines).lowerBound)
        case 2: bytes.insert(contentsOf: Array(repeating: 0x20, count: 1 + random.below(4)), at: line.lowerBound)
        case 3 where bytes[line].first == 0x20: bytes.remove(at: line.lowerBound)
        case 4, 5:
            guard let colon else { return }
            let end = bytes[line].last == 0x0A ? line.upperBound - 1 : line.upperBound
            bytes.replaceSubrange(
                min(colon + 1, end)..<end, with: [0x20] + random.pick(Hostile.tokens).filter { $0 != 0x0A })
        case 6:
            bytes.insert(
                contentsOf: Array(random.pick(Self.yamlWords).utf8), at: colon.map { $0 + 1 } ?? line.lowerBound)
        case 7: bytes.insert(contentsOf: Array(Self.nestedAliases(4 + random.below(14)).utf8), at: line.lowerBound)
        default:
            bytes.insert(
                contentsOf: Array(random.pick(Self.yamlWords).utf8), at: random.pick(Tokens.orAll(bytes)).lowerBound)
        }
    }

    private static let yamlWords = [
        " &a ", " *a", "<<: *a\n", "? ", ": ", "- ", " {", " }", " [", " ]", " |\n", " >-\n", " !!int ", " !!binary ",
        " !<tag:x> ", "\"", "'", "# ", "\n", "\t", " ~", " null", "---\n", "...\n", "%YAML 1.1\n", "\u{0}", "\u{85}",
        "\u{2028}", "\u{FEFF}", " \"\\x00\"", " \"\\ud800\"", " 0o17", " 0x1F", " 1_000", " 190:20:30", " .inf", " yes",
        " 2026-11-02", " &a [*a, *a]", "\r", " settle: PT1S\n", " id: registry\n", "\u{E000}", "kafka.: 1\n",
    ]

    /// Each level names the one before twice: what is small on paper is large when it is written out.
    private static func nestedAliases(_ levels: Int) -> String {
        "x0: &x0 [a, a]\n" + (1...levels).map { "x\($0): &x\($0) [*x\($0 - 1), *x\($0 - 1)]\n" }.joined()
    }

    func mutateQuery(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        let words = [
            "%", "%0", "%zz", "%00", "%2F", "%2f..%2f", "%ff", "%C0%AF", "%ED%A0%80", "%25", "+", "&", "&&", "=", "?",
            "#", "/", "//", "..", ";", "\u{0}", " ", "\r\n", "state=failed&state=failed", "limit=0", "limit=-1",
            "limit=99999999999999999999", "limit=1e3", "due_before=P1D", "cursor=AAAA", "cursor=%00",
            "endpoint=\(Hostile.canary)", "endpoint=' OR 1=1 --", "subject_ref=hmac-sha256:", "state=",
            "%E2%80%AE", "\(Hostile.canary)=1", "id=\(Hostile.canary)",
        ]
        let cuts = bytes.indices.filter { "&=?/".utf8.contains(bytes[$0]) } + [bytes.count]
        switch random.below(4) {
        case 0: bytes.insert(contentsOf: Array(random.pick(words).utf8), at: random.pick(cuts))
        case 1:
            let cut = random.pick(cuts)
            bytes.insert(contentsOf: Array(random.pick(words + Hostile.identities).utf8), at: min(cut + 1, bytes.count))
        case 2:
            let percent = bytes.map { random.chance(1, in: 3) ? Array("%\(Self.hex($0))".utf8) : [$0] }
            bytes = percent.flatMap { $0 }
        default:
            let (from, to) = (random.pick(cuts), random.pick(cuts))
            let piece = Array(bytes[min(from, to)..<max(from, to)])
            bytes.insert(contentsOf: piece, at: random.pick(cuts))
        }
    }

    /// Lengths, counts and numbers are whole bytes in our formats: their edges are what a reader must bear.
    func mutateBinary(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        let edges: [[UInt8]] = [
            [0x00], [0x01], [0x7F], [0x80], [0xFF], [0xFF, 0x7F], [0xFF, 0xFF, 0xFF, 0xFF, 0x0F],
            [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], Array(repeating: 0xFF, count: 12),
            [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02], Array(repeating: 0x80, count: 9) + [0x00],
        ]
        let place = random.below(bytes.count + 1)
        if random.chance(1, in: 2), place < bytes.count {
            bytes.replaceSubrange(place..<place + 1, with: random.pick(edges))
        } else {
            bytes.insert(contentsOf: random.pick(edges), at: place)
        }
    }

    /// JSON Lines: tokens inside of a line, and the lines themselves.
    func mutateLines(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        guard random.chance(1, in: 3) else { return mutateTokens(&bytes, &random) }
        let lines = Self.lines(of: bytes)
        let line = random.pick(lines)
        switch random.below(4) {
        case 0: bytes.removeSubrange(line)
        case 1: bytes.insert(contentsOf: Array(bytes[line]), at: random.pick(lines).lowerBound)
        case 2:
            bytes.insert(
                contentsOf: random.pick([[0x0D, 0x0A], [0x0A], [0x0D], [0xE2, 0x80, 0xA8]]), at: line.lowerBound)
        default: bytes.removeSubrange(max(line.lowerBound, line.upperBound - 1 - random.below(20))..<line.upperBound)
        }
    }

    /// Line feeds included; at least one, which may be empty.
    static func lines(of bytes: [UInt8]) -> [Range<Int>] {
        var lines: [Range<Int>] = []
        var start = 0
        for (index, byte) in bytes.prefix(65_536).enumerated() where byte == 0x0A {
            lines.append(start..<index + 1)
            start = index + 1
        }
        if start < bytes.count || lines.isEmpty { lines.append(start..<bytes.count) }
        return lines
    }

    static func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true) }
}

extension Tokens {
    static func orAll(_ bytes: [UInt8]) -> [Range<Int>] {
        let tokens = of(bytes)
        return tokens.isEmpty ? [0..<bytes.count] : tokens
    }
}
