/// Random numbers that are the same in every run (SplitMix64), so that a failure can be repeated from its seed.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func below(_ bound: Int) -> Int { bound <= 1 ? 0 : Int(next() % UInt64(bound)) }

    mutating func chance(_ one: Int, in all: Int) -> Bool { below(all) < one }

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
