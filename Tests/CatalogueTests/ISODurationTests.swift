import SagaKernel
import TestSeed
import Testing

@Suite struct ISODurationTests {
    static let readable: [(String, Int64)] = [
        ("PT0S", 0), ("P0D", 0), ("PT12M", 720_000), ("P30D", 30 * Milliseconds.day),
        ("P1DT2H", 26 * Milliseconds.hour), ("P1DT2H3M4S", 93_784_000), ("PT0.05S", 50), ("PT0,05S", 50),
        ("PT1.500S", 1_500), ("PT1.5000000S", 1_500), ("P2W", 14 * Milliseconds.day), ("PT36H", 36 * Milliseconds.hour),
        ("PT90S", 90_000), ("P10675199DT2H48M5.477S", 922_337_203_685_477),
    ]

    @Test(arguments: readable) func `a duration reads as its milliseconds`(text: String, milliseconds: Int64) {
        #expect(ISODuration.parse(text) == milliseconds)
    }

    static let refused: [(String, ISODuration.Refusal)] = [
        ("", .notADuration), ("P", .notADuration), ("PT", .notADuration), ("P1DT", .notADuration),
        ("12M", .notADuration), ("pt12m", .notADuration), ("PT12", .notADuration), ("PT12MX", .notADuration),
        ("P1H", .notADuration), ("PT1D", .notADuration), ("PT1M1H", .notADuration), ("PT1S1S", .notADuration),
        ("P1W1D", .notADuration), ("PT.5S", .notADuration), ("PT1.S", .notADuration), ("P1D ", .notADuration),
        ("PT+1S", .notADuration), ("P1DTT1S", .notADuration), ("P１D", .notADuration), ("15m", .notADuration),
        ("P1Y", .yearsOrMonths), ("P1M", .yearsOrMonths), ("P1Y2M3D", .yearsOrMonths), ("-PT1S", .negative),
        ("PT1.5H", .fractionOutsideSeconds), ("P0.5D", .fractionOutsideSeconds),
        ("PT0.0001S", .finerThanAMillisecond), ("PT99999999999999999999S", .tooLong),
        ("P106751991168D", .tooLong), ("PT9223372036854775.808S", .tooLong),
    ]

    @Test(arguments: refused) func `what is no usable duration is refused with its reason`(
        text: String, refusal: ISODuration.Refusal
    ) {
        #expect(ISODuration.read(text) == .failure(refusal))
        #expect(ISODuration.parse(text) == nil)
    }

    static let written: [(Int64, String)] = [
        (0, "PT0S"), (50, "PT0.05S"), (1, "PT0.001S"), (1_500, "PT1.5S"), (60_000, "PT1M"), (86_400_000, "P1D"),
        (90_000_000, "P1DT1H"), (93_784_005, "P1DT2H3M4.005S"), (-1_000, "-PT1S"),
        (.max, "P106751991167DT7H12M55.807S"), (.min, "-P106751991167DT7H12M55.808S"),
    ]

    @Test(arguments: written) func `milliseconds are written in their shortest form`(milliseconds: Int64, text: String)
    {
        #expect(ISODuration.format(milliseconds) == text)
    }

    @Test func `whatever is written reads back`() {
        var choices = SeededRandom(seed: Seed.announced(for: "durations"))
        for _ in 0..<10_000 {
            let milliseconds =
                Int64.random(in: 0...(.max), using: &choices) >> Int64.random(in: 0...62, using: &choices)
            #expect(ISODuration.parse(ISODuration.format(milliseconds)) == milliseconds)
        }
    }
}
