#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Tells whether any of many identifiers occurs in a text, in one pass over it.
///
/// The method is Wu and Manber's with pairs of bytes: a table says for the pair under the end of a window how far the
/// window may move without missing anything, so that most of the text is never looked at. An archive of terabytes is
/// mostly lines of other devices, and this is all that is done with them.
struct NeedleSet: Sendable {
    private let needles: [[UInt8]]
    /// Length of the window: that of the shortest needle.
    private let width: Int
    /// How far the window may move, by the pair of bytes at its end; 0 where a needle may match.
    private let shifts: [UInt8]
    /// The needles whose first `width` bytes end in a pair.
    private let candidates: [UInt16: [Int]]

    /// - Parameter needles: an empty one is not looked for.
    init(_ needles: some Collection<[UInt8]>) {
        let needles = needles.filter { !$0.isEmpty }
        let width = needles.map(\.count).min() ?? 0
        var shifts = [UInt8](repeating: UInt8(clamping: max(1, width - 1)), count: width < 2 ? 0 : 1 << 16)
        var candidates: [UInt16: [Int]] = [:]
        if width >= 2 {
            for (number, needle) in needles.enumerated() {
                for end in 1..<width {
                    let pair = Int(Self.pair(needle[end - 1], needle[end]))
                    shifts[pair] = min(shifts[pair], UInt8(clamping: width - 1 - end))
                }
                candidates[Self.pair(needle[width - 2], needle[width - 1]), default: []].append(number)
            }
        }
        self.needles = needles
        self.width = width
        self.shifts = shifts
        self.candidates = candidates
    }

    private static func pair(_ first: UInt8, _ second: UInt8) -> UInt16 {
        UInt16(first) << 8 | UInt16(second)
    }

    func occurs(in text: UnsafeRawBufferPointer) -> Bool {
        guard width >= 2 else { return needles.contains { Needle.position(of: $0, in: text) != nil } }
        return shifts.withUnsafeBufferPointer { shifts in
            var end = width - 1
            while end < text.count {
                let pair = Self.pair(text[end - 1], text[end])
                let shift = Int(shifts[Int(pair)])
                if shift > 0 {
                    end += shift
                } else if matches(pair, text, from: end - width + 1) {
                    return true
                } else {
                    end += 1
                }
            }
            return false
        }
    }

    private func matches(_ pair: UInt16, _ text: UnsafeRawBufferPointer, from start: Int) -> Bool {
        candidates[pair]?.contains { number in
            let needle = needles[number]
            guard start + needle.count <= text.count, let base = text.baseAddress else { return false }
            return needle.withUnsafeBytes { memcmp($0.baseAddress!, base + start, needle.count) == 0 }
        } ?? false
    }
}
