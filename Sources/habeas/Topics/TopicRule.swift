import SagaKernel

/// What a property of a topic must be, and what it is given when the topic is made.
struct TopicRule: Hashable, Sendable {
    enum Accepted: Hashable, Sendable {
        case exactly(String)
        case integer(ClosedRange<Int64>)
        /// As `integer`, and also -1, which is Kafka's "without end".
        case integerOrUnlimited(ClosedRange<Int64>)
        /// Anything: the value is only a good one to begin with.
        case anything
    }

    /// Kafka's name.
    var property: String
    var value: String
    var accepted: Accepted
    /// Why it matters, for whoever reads a difference.
    var why: String

    func accepts(_ actual: String) -> Bool {
        switch accepted {
        case .exactly(let text): actual == text
        case .integer(let range): Int64(actual).map(range.contains) ?? false
        case .integerOrUnlimited(let range): Int64(actual).map { $0 == -1 || range.contains($0) } ?? false
        case .anything: true
        }
    }

    /// For people: what is accepted.
    var expectation: String {
        switch accepted {
        case .exactly(let text): text
        case .integer(let range): TopicRule.text(range, unit: unit)
        case .integerOrUnlimited(let range): TopicRule.text(range, unit: unit)
        case .anything: "any"
        }
    }

    /// A value for people: lengths of time as durations.
    func text(_ value: String) -> String {
        guard unit == .milliseconds, let milliseconds = Int64(value) else { return value }
        if milliseconds == -1 { return "unlimited" }
        return milliseconds > TopicRule.longest ? "unbounded" : SettingDuration.format(milliseconds)
    }

    private enum Unit {
        case milliseconds, number
    }

    private var unit: Unit { property.hasSuffix(".ms") ? .milliseconds : .number }

    /// Kafka's defaults for "never" are near the largest number there is.
    private static let longest = 1_000 * SettingDuration.yearMs

    private static func text(_ range: ClosedRange<Int64>, unit: Unit) -> String {
        func text(_ value: Int64) -> String {
            unit == .milliseconds ? SettingDuration.format(value) : String(value)
        }
        if range.upperBound == .max { return "at least \(text(range.lowerBound))" }
        if range.lowerBound <= 1 { return "at most \(text(range.upperBound))" }
        return range.lowerBound == range.upperBound
            ? text(range.lowerBound) : "\(text(range.lowerBound)) to \(text(range.upperBound))"
    }
}
