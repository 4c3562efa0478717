/// A day of the proleptic Gregorian calendar, for deadlines that are counted in months.
///
/// The conversions are the well-known closed forms over 400-year eras (a year that begins in March makes the leap day
/// the last day of the year, so no month table is needed).
public struct CalendarDate: Hashable, Sendable {
    public var year: Int
    /// 1 to 12.
    public var month: Int
    /// 1 to 31.
    public var day: Int

    public init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The calendar day that lies `days` days after 1970-01-01.
    public init(daysSinceEpoch days: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01.
    public var daysSinceEpoch: Int {
        let marchYear = month <= 2 ? year - 1 : year
        let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// 28 to 31.
    public static func daysInMonth(year: Int, month: Int) -> Int {
        switch month {
        case 2: return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: return 30
        default: return 31
        }
    }

    /// The same day `months` calendar months later, or the last day of that month where it has no such day
    /// (31 January + 1 month = 28 or 29 February).
    public func adding(months: Int) -> CalendarDate {
        let index = year * 12 + (month - 1) + months
        let newYear = index >= 0 ? index / 12 : (index - 11) / 12
        let newMonth = index - newYear * 12 + 1
        let last = CalendarDate.daysInMonth(year: newYear, month: newMonth)
        return CalendarDate(year: newYear, month: newMonth, day: min(day, last))
    }
}

extension Timestamp {
    /// The same time of day `months` calendar months later (UTC). Saturates: a damaged record may hold any moment.
    public func adding(months: Int) -> Timestamp {
        let (quotient, remainder) = milliseconds.quotientAndRemainder(dividingBy: Milliseconds.day)
        let isBeforeMidnight = remainder < 0
        let days = isBeforeMidnight ? quotient - 1 : quotient
        let timeOfDay = isBeforeMidnight ? remainder + Milliseconds.day : remainder
        let date = CalendarDate(daysSinceEpoch: Int(days)).adding(months: months)
        let (midnight, overflow) = Int64(date.daysSinceEpoch).multipliedReportingOverflow(by: Milliseconds.day)
        guard !overflow else { return Timestamp(milliseconds: milliseconds < 0 ? .min : .max) }
        return Timestamp(milliseconds: midnight).adding(milliseconds: timeOfDay)
    }
}
