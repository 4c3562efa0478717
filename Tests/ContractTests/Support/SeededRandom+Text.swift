import TestSeed

extension SeededRandom {
    /// Mostly ASCII, with everything that is hard among it.
    mutating func text(maximum: Int) -> String {
        let hard: [Unicode.Scalar] = [
            "\"", "\\", "/", "\u{0}", "\u{1F}", "\u{7F}", "é", "€", "😀", "\u{FFFF}", "%", "\n",
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<below(maximum + 1) {
            if chance(1, in: 5) {
                text.append(hard[below(hard.count)])
            } else {
                text.append(Unicode.Scalar(UInt8(0x20 + below(0x5F))))
            }
        }
        return String(text)
    }
}
