/// Lengths of time as ISO 8601 writes them: `PT12M`, `P30D`, `P1DT2H`, `PT0.05S`, `P2W`.
///
/// Years and months are refused, because their length depends on the day on which one begins to count; deadlines that
/// are counted in months have `CalendarDate`.
public enum ISODuration {
    /// Why a text is no duration that can be used here.
    public enum Refusal: Error, Hashable, Sendable {
        case notADuration
        case yearsOrMonths
        case negative
        /// Only seconds may have a fraction.
        case fractionOutsideSeconds
        case finerThanAMillisecond
        /// More milliseconds than 63 bits hold.
        case tooLong

        /// What to write instead, for whoever wrote the text.
        public var message: String {
            switch self {
            case .notADuration: "is not an ISO 8601 duration such as PT12M, P30D or P1DT2H"
            case .yearsOrMonths: "counts years or months, whose length varies; give days (P30D) or weeks"
            case .negative: "is negative; a duration here is zero or more"
            case .fractionOutsideSeconds: "has a fraction outside the seconds; give the smaller unit instead"
            case .finerThanAMillisecond: "is finer than a millisecond"
            case .tooLong: "is longer than can be counted in milliseconds"
            }
        }
    }

    /// Milliseconds, zero or more; nil for anything that `read` refuses.
    public static func parse(_ text: some StringProtocol) -> Int64? {
        switch read(text) {
        case .success(let milliseconds): milliseconds
        case .failure: nil
        }
    }

    /// Milliseconds, zero or more, or the reason why there is no answer.
    public static func read(_ text: some StringProtocol) -> Result<Int64, Refusal> {
        var reader = Reader(bytes: Array(text.utf8))
        do throws(Refusal) {
            return .success(try reader.duration())
        } catch {
            return .failure(error)
        }
    }

    /// The shortest form in days, hours, minutes and seconds: `PT0S`, `P1DT1H`, `PT0.05S`. A negative length, which
    /// `read` would refuse, gets a leading minus, so that a log line about one still says the truth.
    public static func format(_ milliseconds: Int64) -> String {
        var rest = milliseconds.magnitude
        guard rest > 0 else { return "PT0S" }
        let days = rest / UInt64(Milliseconds.day)
        rest %= UInt64(Milliseconds.day)
        let hours = rest / UInt64(Milliseconds.hour)
        rest %= UInt64(Milliseconds.hour)
        let minutes = rest / UInt64(Milliseconds.minute)
        rest %= UInt64(Milliseconds.minute)
        var text = milliseconds < 0 ? "-P" : "P"
        if days > 0 { text += "\(days)D" }
        if hours > 0 || minutes > 0 || rest > 0 { text += "T" }
        if hours > 0 { text += "\(hours)H" }
        if minutes > 0 { text += "\(minutes)M" }
        if rest > 0 { text += seconds(rest) }
        return text
    }

    private static func seconds(_ milliseconds: UInt64) -> String {
        let fraction = milliseconds % 1_000
        guard fraction > 0 else { return "\(milliseconds / 1_000)S" }
        var digits = String(fraction + 1_000).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "\(milliseconds / 1_000).\(digits)S"
    }
}

extension ISODuration {
    /// Walks the bytes once. Each designator may occur once, in falling order of its unit.
    private struct Reader {
        var bytes: [UInt8]
        var index = 0
        var total: Int64 = 0

        /// A number as written: the whole part, and the fraction in thousandths if there is one.
        struct Number {
            var whole: Int64
            var thousandths: Int64?
        }

        mutating func duration() throws(Refusal) -> Int64 {
            if take("-") { throw .negative }
            guard take("P"), index < bytes.count else { throw .notADuration }
            var lastRank = -1
            var inTime = false
            while index < bytes.count {
                if !inTime, take("T") {
                    inTime = true
                    guard index < bytes.count else { throw .notADuration }
                }
                let number = try self.number()
                guard index < bytes.count else { throw .notADuration }
                let (rank, unitMs) = try unit(bytes[index], inTime: inTime)
                index += 1
                guard rank > lastRank else { throw .notADuration }
                // ISO 8601 lets weeks stand only alone.
                if rank == 0, index < bytes.count { throw .notADuration }
                lastRank = rank
                try add(number, unitMs: unitMs)
            }
            return total
        }

        private mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
            index += 1
            return true
        }

        private mutating func number() throws(Refusal) -> Number {
            let start = index
            var number = Number(whole: 0, thousandths: nil)
            while index < bytes.count, let digit = digit(bytes[index]) {
                let (tenfold, overflow) = number.whole.multipliedReportingOverflow(by: 10)
                let (sum, carry) = tenfold.addingReportingOverflow(digit)
                guard !overflow, !carry else { throw .tooLong }
                number.whole = sum
                index += 1
            }
            guard index > start else { throw .notADuration }
            guard take(".") || take(",") else { return number }
            number.thousandths = try fraction()
            return number
        }

        private mutating func fraction() throws(Refusal) -> Int64 {
            let start = index
            var value: Int64 = 0
            while index < bytes.count, let digit = digit(bytes[index]) {
                let place = index - start
                if place < 3 { value = value * 10 + digit } else if digit != 0 { throw .finerThanAMillisecond }
                index += 1
            }
            guard index > start else { throw .notADuration }
            for _ in min(index - start, 3)..<3 { value *= 10 }
            return value
        }

        private func digit(_ byte: UInt8) -> Int64? {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            return Int64(byte - UInt8(ascii: "0"))
        }

        private func unit(_ byte: UInt8, inTime: Bool) throws(Refusal) -> (rank: Int, milliseconds: Int64) {
            switch (Character(Unicode.Scalar(byte)), inTime) {
            case ("W", false): return (0, 7 * Milliseconds.day)
            case ("D", false): return (1, Milliseconds.day)
            case ("H", true): return (2, Milliseconds.hour)
            case ("M", true): return (3, Milliseconds.minute)
            case ("S", true): return (4, Milliseconds.second)
            case ("Y", false), ("M", false): throw .yearsOrMonths
            default: throw .notADuration
            }
        }

        private mutating func add(_ number: Number, unitMs: Int64) throws(Refusal) {
            if number.thousandths != nil, unitMs != Milliseconds.second { throw .fractionOutsideSeconds }
            let (product, overflow) = number.whole.multipliedReportingOverflow(by: unitMs)
            let (sum, carry) = total.addingReportingOverflow(product)
            let (all, excess) = sum.addingReportingOverflow(number.thousandths ?? 0)
            guard !overflow, !carry, !excess else { throw .tooLong }
            total = all
        }
    }
}
