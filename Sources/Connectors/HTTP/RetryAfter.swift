import SagaKernel

/// The header `Retry-After` (RFC 9110 §10.2.3): seconds, or a date in the form that senders must use.
enum RetryAfter {
    /// Longer waits than this are cut: a header must not be able to park a task for ever.
    static let maximumMs = 30 * Milliseconds.day

    /// Milliseconds from `now`; nil for a text that is neither form.
    static func milliseconds(_ text: String, now: Timestamp) -> Int64? {
        let trimmed = text.filter { $0 != " " && $0 != "\t" }
        if !trimmed.isEmpty, trimmed.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            let seconds = Int64(trimmed) ?? .max
            return min(seconds, maximumMs / 1_000) * 1_000
        }
        guard let moment = date(text) else { return nil }
        return min(max(0, moment.milliseconds(since: now)), maximumMs)
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `Sun, 06 Nov 1994 08:49:37 GMT`
    private static func date(_ text: String) -> Timestamp? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let day = Int(parts[1]), let year = Int(parts[3]),
            let month = months.firstIndex(of: String(parts[2])), (1970...9999).contains(year),
            day >= 1, day <= CalendarDate.daysInMonth(year: year, month: month + 1)
        else { return nil }
        let clock = parts[4].split(separator: ":").compactMap { Int($0) }
        guard clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        let days = Int64(CalendarDate(year: year, month: month + 1, day: day).daysSinceEpoch)
        let seconds = Int64(clock[0] * 3_600 + clock[1] * 60 + clock[2])
        return Timestamp(milliseconds: days * Milliseconds.day + seconds * 1_000)
    }
}
