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
