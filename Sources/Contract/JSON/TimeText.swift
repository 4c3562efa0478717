public import SagaKernel

/// RFC 3339 times in UTC, written with milliseconds only where there are any.
public enum TimeText {
    /// `9999-12-31T23:59:59.999Z`: the last moment that four digits of a year can name.
    public static let latest = Timestamp(milliseconds: 253_402_300_799_999)
    /// `0000-01-01T00:00:00Z`.
    public static let earliest = Timestamp(milliseconds: -62_167_219_200_000)

    /// Bytes of the longest text.
    static let lengthMax = 24

    /// Appends `2026-11-02T15:00:00Z` or `2026-11-02T15:00:00.123Z`. A moment that RFC 3339 cannot name is written as
    /// the nearest that it can: times of that kind are sums that saturated, and mean "never".
    public static func append(_ time: Timestamp, to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(byteCount: lengthMax, alignment: 1) { buffer in
            let count = write(time, into: buffer)
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    public static func text(_ time: Timestamp) -> String {
        String(unsafeUninitializedCapacity: lengthMax) { buffer in
            write(time, into: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    /// Reads `YYYY-MM-DDThh:mm:ss[.fraction]Z`. Offsets other than `Z` (or `+00:00`) are refused: the contract's times
    /// are UTC. Fractions finer than a millisecond are cut. Years 0000 to 9999.
    public static func parse(_ text: some Collection<UInt8>) -> Timestamp? {
        if let time = text.withContiguousStorageIfAvailable({ parse(bytes: UnsafeRawBufferPointer($0)) }) {
            return time
        }
        return Array(text).withUnsafeBytes { parse(bytes: $0) }
    }

    public static func parse(_ text: String) -> Timestamp? {
        parse(text.utf8)
    }

    /// The same, without a detour over a generic collection.
    static func parse(bytes text: UnsafeRawBufferPointer) -> Timestamp? {
        guard text.count >= 20, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            text[10] | 0x20 == UInt8(ascii: "t"), text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
            let century = twoDigits(text, 0), let yearOfCentury = twoDigits(text, 2),
            let month = twoDigits(text, 5), let day = twoDigits(text, 8), let hour = twoDigits(text, 11),
            let minute = twoDigits(text, 14), let second = twoDigits(text, 17)
        else { return nil }
        let year = century * 100 + yearOfCentury
        guard (1...12).contains(month), day >= 1, day <= CalendarDate.daysInMonth(year: year, month: month),
            hour <= 23, minute <= 59, second <= 60
        else { return nil }
        var index = 19
        guard let milliseconds = fraction(text, from: &index), isUTC(text, from: index) else { return nil }
        let days = Int64(CalendarDate(year: year, month: month, day: day).daysSinceEpoch)
        // A leap second (60) is the first second of the next minute here: no duration in this system is that fine.
        let seconds = Int64(hour * 3_600 + minute * 60 + second)
        let moment = Timestamp(milliseconds: days * Milliseconds.day + seconds * 1_000 + Int64(milliseconds))
        // The second after the last nameable one would come back as another when it is written.
        return moment <= latest ? moment : nil
    }

    private static func twoDigits(_ text: UnsafeRawBufferPointer, _ index: Int) -> Int? {
        let (tens, ones) = (text[index] &- 0x30, text[index + 1] &- 0x30)
        guard tens <= 9, ones <= 9 else { return nil }
        return Int(tens) * 10 + Int(ones)
    }

    /// Milliseconds of a fraction of one or more digits; 0 where there is no point.
    private static func fraction(_ text: UnsafeRawBufferPointer, from index: inout Int) -> Int? {
        guard text[index] == UInt8(ascii: ".") else { return 0 }
        index += 1
        let start = index
        var value = 0
        var scale = 100
        while index < text.count, text[index] >= 0x30, text[index] <= 0x39 {
            value += Int(text[index] - 0x30) * scale
            scale /= 10
            index += 1
        }
        return index > start ? value : nil
    }

    private static func isUTC(_ text: UnsafeRawBufferPointer, from index: Int) -> Bool {
        switch text.count - index {
        case 1: text[index] | 0x20 == UInt8(ascii: "z")
        case 6:
            (text[index] == UInt8(ascii: "+") || text[index] == UInt8(ascii: "-")) && twoDigits(text, index + 1) == 0
                && text[index + 3] == UInt8(ascii: ":") && twoDigits(text, index + 4) == 0
        default: false
        }
    }

    /// Writes at most `lengthMax` bytes and returns how many.
    static func write(_ moment: Timestamp, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let time = min(max(moment, earliest), latest)
        let day = Milliseconds.day
        let days = time.milliseconds >= 0 ? time.milliseconds / day : (time.milliseconds - day + 1) / day
        let rest = Int(time.milliseconds - days * day)
        let date = CalendarDate(daysSinceEpoch: Int(days))
        put(date.year / 100, at: 0, buffer)
        put(date.year % 100, at: 2, buffer)
        buffer[4] = UInt8(ascii: "-")
        put(date.month, at: 5, buffer)
        buffer[7] = UInt8(ascii: "-")
        put(date.day, at: 8, buffer)
        buffer[10] = UInt8(ascii: "T")
        put(rest / 3_600_000, at: 11, buffer)
        buffer[13] = UInt8(ascii: ":")
        put(rest / 60_000 % 60, at: 14, buffer)
        buffer[16] = UInt8(ascii: ":")
        put(rest / 1_000 % 60, at: 17, buffer)
        let milliseconds = rest % 1_000
        guard milliseconds > 0 else {
            buffer[19] = UInt8(ascii: "Z")
            return 20
        }
        buffer[19] = UInt8(ascii: ".")
        put(milliseconds / 10, at: 20, buffer)
        buffer[22] = 0x30 + UInt8(truncatingIfNeeded: milliseconds % 10)
        buffer[23] = UInt8(ascii: "Z")
        return 24
    }

    private static func put(_ value: Int, at index: Int, _ buffer: UnsafeMutableRawBufferPointer) {
        buffer[index] = 0x30 + UInt8(truncatingIfNeeded: value / 10)
        buffer[index + 1] = 0x30 + UInt8(truncatingIfNeeded: value % 10)
    }
}
