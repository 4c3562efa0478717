/// A moment in UTC, in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// The kernel has no clock: every moment arrives from outside as an argument, so that the same input gives the same
/// answer when it is replayed.
public struct Timestamp: Hashable, Comparable, Sendable {
    public var milliseconds: Int64

    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The moment `durationMs` milliseconds later. Saturates instead of trapping: durations come from configuration
    /// files and from workers, and a silly one must not stop a partition.
    public func adding(milliseconds durationMs: Int64) -> Timestamp {
        let (sum, overflow) = milliseconds.addingReportingOverflow(durationMs)
        guard overflow else { return Timestamp(milliseconds: sum) }
        return Timestamp(milliseconds: durationMs > 0 ? .max : .min)
    }

    /// Milliseconds from `earlier` to this moment; negative when this moment is the earlier one. Saturates.
    public func milliseconds(since earlier: Timestamp) -> Int64 {
        let (difference, overflow) = milliseconds.subtractingReportingOverflow(earlier.milliseconds)
        guard overflow else { return difference }
        return milliseconds > earlier.milliseconds ? .max : .min
    }
}

/// Lengths of time in milliseconds, for reading settings and tests without counting zeros.
public enum Milliseconds {
    public static let second: Int64 = 1_000
    public static let minute: Int64 = 60 * second
    public static let hour: Int64 = 60 * minute
    public static let day: Int64 = 24 * hour
}
