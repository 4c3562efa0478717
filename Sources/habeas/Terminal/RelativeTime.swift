import Contract
import SagaKernel

/// Times for people: how far away, beside when.
enum RelativeTime {
    /// `in 3 d 4 h`, `12 min ago`, `now` within half a second.
    static func text(_ time: Timestamp, now: Timestamp) -> String {
        let difference = time.milliseconds(since: now)
        guard difference.magnitude >= 500 else { return "now" }
        let length = span(difference)
        return difference > 0 ? "in \(length)" : "\(length) ago"
    }

    /// The two largest units of a length: `45 s`, `12 min`, `3 h 4 min`, `29 d 20 h`, `120 d`. Seconds only below ten
    /// minutes, hours only below a hundred days. The sign is dropped.
    static func span(_ milliseconds: Int64) -> String {
        let seconds = (milliseconds.magnitude + 500) / 1_000
        let minutes = seconds / 60
        let hours = minutes / 60
        let days = hours / 24
        if seconds < 60 { return "\(seconds) s" }
        if minutes < 10 { return join("\(minutes) min", seconds % 60, "s") }
        if hours < 1 { return "\(minutes) min" }
        if days < 1 { return join("\(hours) h", minutes % 60, "min") }
        if days < 100 { return join("\(days) d", hours % 24, "h") }
        return "\(days) d"
    }

    /// For tables: one unit and only as much of the absolute time as matters at that distance. `in 12 min, 18:12Z` on
    /// the same day, `in 28 h, 2026-11-03 22:00Z`, `in 29 d, 2026-12-02`.
    static func cell(_ time: Timestamp, now: Timestamp) -> String {
        let text = absolute(time)
        let day = text.prefix(10)
        let isToday = day == absolute(now).prefix(10)
        let distance = time.milliseconds(since: now).magnitude
        let shown = isToday ? text.dropFirst(11) : distance < 2 * Milliseconds.day ? text[...] : day
        return "\(brief(time, now: now)), \(shown)"
    }

    /// For tables, of a time as the wire has it; what is no time is shown as it is.
    static func cell(_ text: String, now: Timestamp) -> String {
        TimeText.parse(text).map { cell($0, now: now) } ?? text
    }

    /// One unit, the largest of which there are two: `90 s ago`, `in 28 h`, `3 d ago`.
    static func brief(_ time: Timestamp, now: Timestamp) -> String {
        let difference = time.milliseconds(since: now)
        let seconds = (difference.magnitude + 500) / 1_000
        guard seconds > 0 else { return "now" }
        let length =
            switch seconds {
            case ..<120: "\(seconds) s"
            case ..<7_200: "\(seconds / 60) min"
            case ..<172_800: "\(seconds / 3_600) h"
            default: "\(seconds / 86_400) d"
            }
        return difference > 0 ? "in \(length)" : "\(length) ago"
    }

    private static func join(_ first: String, _ rest: UInt64, _ unit: String) -> String {
        rest == 0 ? first : "\(first) \(rest) \(unit)"
    }

    /// `2026-11-02 15:00:01Z`, or without seconds where they say nothing.
    static func absolute(_ time: Timestamp) -> String {
        let text = TimeText.text(Timestamp(milliseconds: time.milliseconds))
        let minute = text.prefix(16).map { $0 == "T" ? " " : String($0) }.joined()
        let seconds = text.dropFirst(17).prefix(2)
        return seconds == "00" || seconds.isEmpty ? "\(minute)Z" : "\(minute):\(seconds)Z"
    }

    /// Both: `2026-11-02 15:00Z (in 3 d 4 h)`.
    static func both(_ time: Timestamp, now: Timestamp) -> String {
        "\(absolute(time)) (\(text(time, now: now)))"
    }

    /// Both, of a time as the wire has it; what is no time is shown as it is.
    static func both(_ text: String, now: Timestamp) -> String {
        TimeText.parse(text).map { both($0, now: now) } ?? text
    }
}
