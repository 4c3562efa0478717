import Contract
import Foundation
import SagaKernel
import Testing

@Suite struct TimeTextTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.001Z", 1), ("1969-12-31T23:59:59.999Z", -1),
            ("2000-02-29T12:34:56Z", 951_827_696_000), ("2026-11-02T16:00:00Z", 1_793_635_200_000),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999), ("0000-01-01T00:00:00Z", -62_167_219_200_000),
        ] as [(String, Int64)])
    func `a time is written as it is read`(_ text: String, _ milliseconds: Int64) {
        #expect(TimeText.parse(text) == Timestamp(milliseconds: milliseconds))
        #expect(TimeText.text(Timestamp(milliseconds: milliseconds)) == text)
    }

    @Test(
        arguments: [
            ("2026-11-02t16:00:00z", 0), ("2026-11-02T16:00:00+00:00", 0), ("2026-11-02T16:00:00-00:00", 0),
            ("2026-11-02T16:00:00.1Z", 100), ("2026-11-02T16:00:00.12999999999999999999Z", 129),
            ("2026-11-02T15:59:60Z", 0),
        ] as [(String, Int64)])
    func `the other forms of UTC are read`(_ text: String, _ after: Int64) {
        #expect(TimeText.parse(text) == Fixture.now.adding(milliseconds: after))
    }

    @Test(arguments: [
        "", "Z", "2026-11-02", "2026-11-02T16:00:00", "2026-11-02T16:00:00.Z", "2026-11-02T16:00:00.1",
        "2026-11-02T16:00:00+01:00", "2026-11-02T16:00:00+0000", "2026-13-02T16:00:00Z", "2026-00-02T16:00:00Z",
        "2026-11-31T16:00:00Z", "2026-11-00T16:00:00Z", "2026-02-29T16:00:00Z", "2026-11-02T24:00:00Z",
        "2026-11-02T16:60:00Z", "2026-11-02T16:00:61Z", "2026-11-02 16:00:00Z", "2026-11-02T16:00:00ZZ",
        "+026-11-02T16:00:00Z", "2026-11-02T16:00:00Z ", "２026-11-02T16:00:00Z", "2026-11-02T1:00:00Z000",
        "9999-12-31T23:59:60Z",
    ])
    func `other texts are no times`(_ text: String) {
        #expect(TimeText.parse(text) == nil)
    }

    @Test func `every day of four centuries is written as Foundation writes it`() {
        let style = Date.ISO8601FormatStyle()
        for day in stride(from: Int64(-80_000), to: 80_000, by: 37) {
            let seconds = day * 86_400 + 3_661
            let expected = Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(style)
            #expect(TimeText.text(Timestamp(milliseconds: seconds * 1_000)) == expected)
        }
    }

    @Test func `a moment that four digits cannot name becomes the last that they can`() {
        #expect(TimeText.text(Timestamp(milliseconds: .max)) == "9999-12-31T23:59:59.999Z")
        #expect(TimeText.text(Timestamp(milliseconds: .min)) == "0000-01-01T00:00:00Z")
        var bytes: [UInt8] = []
        TimeText.append(Timestamp(milliseconds: .max), to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "9999-12-31T23:59:59.999Z")
    }
}
