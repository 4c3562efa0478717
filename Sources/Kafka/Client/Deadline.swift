/// A point in time by which a call must have returned.
struct Deadline {
    private let end: ContinuousClock.Instant

    init(afterMs: Int) {
        end = ContinuousClock.now + .milliseconds(afterMs)
    }

    /// Whole milliseconds left, never negative.
    var remainingMs: Int32 {
        let left = ContinuousClock.now.duration(to: end) / Duration.milliseconds(1)
        return Int32(max(0, min(left.rounded(.up), Double(Int32.max))))
    }

    var hasPassed: Bool { ContinuousClock.now >= end }

    /// The time left, but not more than a slice, for calls that are made again and again.
    func slice(ofMs slice: Int32) -> Int32 { min(slice, remainingMs) }
}

extension ContinuousClock.Instant {
    /// Milliseconds since this instant.
    var elapsedMs: Int { Int(self.duration(to: .now) / Duration.milliseconds(1)) }
}
