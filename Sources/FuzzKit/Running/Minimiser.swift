/// Makes an input smaller as long as it still fails.
package enum Minimiser {
    /// - Parameters:
    ///   - triesMax: how often `fails` is asked at most; each may cost a process.
    ///   - deadline: not asked any more after it. What takes a reader long to refuse also takes long to make smaller.
    ///   - fails: whether an input brings the same failure about.
    package static func smallest(
        _ input: Wire, triesMax: Int, deadline: ContinuousClock.Instant, fails: (Wire) -> Bool
    ) -> Wire {
        var smallest = input
        var tries = 0
        func mayTry() -> Bool { tries < triesMax && ContinuousClock.now < deadline }
        func stillFails(_ candidate: Wire) -> Bool {
            guard mayTry() else { return false }
            tries += 1
            guard fails(candidate) else { return false }
            smallest = candidate
            return true
        }
        for index in input.headers.indices.reversed() {
            var candidate = smallest
            candidate.headers.remove(at: index)
            _ = stillFails(candidate)
        }
        guard var length = input.value?.count else { return smallest }
        // Ever smaller pieces are left out; after a success the same size is tried again from the beginning.
        while length > 0, mayTry() {
            var start = 0
            var hasShrunk = false
            while let value = smallest.value, start < value.count, mayTry() {
                var candidate = smallest
                candidate.value?.removeSubrange(start..<min(start + length, value.count))
                if stillFails(candidate) { hasShrunk = true } else { start += length }
            }
            if !hasShrunk || length > (smallest.value?.count ?? 0) { length /= 2 }
        }
        return smallest
    }
}
