public import SagaKernel

/// RFC 3339 times in UTC, written with milliseconds only where there are any.
public enum TimeText {
    /// Appends `2026-11-02T15:00:00Z` or `2026-11-02T15:00:00.123Z`.
    public static func append(_ time: Timestamp, to bytes: inout [UInt8]) {
        let day = Milliseconds.day
        let days = time.milliseconds >= 0 ? time.milliseconds / day : (time.milliseconds - day + 1) / day
        let rest = Int(time.milliseconds - days * day)
        let date = CalendarDate(daysSinceEpoch: Int(days))
        appendDigits(date.year, 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        appendDigits(date.month, 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        appendDigits(date.day, 2, to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        appendDigits(rest / 3_600_000, 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        appendDigits(rest / 60_000 % 60, 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        appendDigits(rest / 1_000 % 60, 2, to: &bytes)
        if rest % 1_000 != 0 {
            bytes.append(UInt8(ascii: "."))
            appendDigits(rest % 1_000, 3, to: &bytes)
        }
        bytes.append(UInt8(ascii: "Z"))
    }

    public static func text(_ time: Timestamp) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        append(time, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads `YYYY-MM-DDThh:mm:ss[.fraction]Z`. Offsets other than `Z` (or `+00:00`) are refused: the contract's times
    /// are UTC. Fractions finer than a millisecond are cut. Years 0000 to 9999.
    public static func parse(_ text: some Collection<UInt8>) -> Timestamp? {
        var reader = Reader(rest: text[...])
        guard let year = reader.digits(4), reader.take("-"), let month = reader.digits(2), reader.take("-"),
            let day = reader.digits(2), reader.take("T") || reader.take("t"), let hour = reader.digits(2),
            reader.take(":"), let minute = reader.digits(2), reader.take(":"), let second = reader.digits(2)
        else { return nil }
        guard (1...12).contains(month), day >= 1, day <= CalendarDate.daysInMonth(year: year, month: month),
            hour <= 23, minute <= 59, second <= 60
        else { return nil }
        var milliseconds = 0
        if reader.take(".") {
            guard let fraction = reader.fraction() else { return nil }
            milliseconds = fraction
        }
        guard reader.takeUTC() else { return nil }
        let days = Int64(CalendarDate(year: year, month: month, day: day).daysSinceEpoch)
        // A leap second (60) is the first second of the next minute here: no duration in this system is that fine.
        let seconds = Int64(hour * 3_600 + minute * 60 + second)
        return Timestamp(milliseconds: days * Milliseconds.day + seconds * 1_000 + Int64(milliseconds))
    }

    public static func parse(_ text: String) -> Timestamp? {
        parse(text.utf8)
    }

    private struct Reader<Rest: Collection<UInt8>> {
        var rest: Rest.SubSequence

        mutating func take(_ scalar: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: scalar) else { return false }
            rest = rest.dropFirst()
            return true
        }

        mutating func digits(_ count: Int) -> Int? {
            var value = 0
            for _ in 0..<count {
                guard let byte = rest.first, byte >= 0x30, byte <= 0x39 else { return nil }
                value = value * 10 + Int(byte - 0x30)
                rest = rest.dropFirst()
            }
            return value
        }

        /// Milliseconds of a fraction of one or more digits.
        mutating func fraction() -> Int? {
            var value = 0
            var scale = 100
            var count = 0
            while let byte = rest.first, byte >= 0x30, byte <= 0x39 {
                value += Int(byte - 0x30) * scale
                scale /= 10
                count += 1
                rest = rest.dropFirst()
            }
            return count > 0 ? value : nil
        }

        mutating func takeUTC() -> Bool {
            if take("Z") || take("z") { return rest.isEmpty }
            guard take("+") || take("-"), digits(2) == 0, take(":"), digits(2) == 0 else { return false }
            return rest.isEmpty
        }
    }

    private static func appendDigits(_ value: Int, _ count: Int, to bytes: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<count { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }
}
