import Synchronization

/// The rates of one connector and of each of its endpoints.
final class RateKeeper: Sendable {
    /// More buckets than this are cleared of those that are full, which say nothing.
    private static let bucketsMax = 4_096

    private struct State {
        var connector: TokenBucket?
        var endpoints: [String: TokenBucket] = [:]
    }

    private let limits: ConnectorLimits
    private let clock: any WorkerClock
    private let state: Mutex<State>

    init(limits: ConnectorLimits, clock: any WorkerClock) {
        self.limits = limits
        self.clock = clock
        let nowMs = clock.monotonicMs()
        state = Mutex(State(connector: limits.rate.map { TokenBucket($0, atMs: nowMs) }))
    }

    /// Reserves a place with both rates; milliseconds until it, nil when that is too long.
    func reserve(endpoint: String) -> Int64? {
        let nowMs = clock.monotonicMs()
        return state.withLock { state in
            var endpointMs: Int64 = 0
            if let limit = limits.endpointRate {
                var bucket = state.endpoints[endpoint] ?? TokenBucket(limit, atMs: nowMs)
                guard let waitMs = bucket.reserve(atMs: nowMs, waitMaxMs: limits.endpointWaitMs) else { return nil }
                endpointMs = waitMs
                state.endpoints[endpoint] = bucket
                if state.endpoints.count > Self.bucketsMax { Self.clear(&state.endpoints, nowMs) }
            }
            guard var bucket = state.connector else { return endpointMs }
            guard let connectorMs = bucket.reserve(atMs: nowMs, waitMaxMs: limits.endpointWaitMs) else {
                state.endpoints[endpoint]?.giveBack()
                return nil
            }
            state.connector = bucket
            return max(endpointMs, connectorMs)
        }
    }

    private static func clear(_ buckets: inout [String: TokenBucket], _ nowMs: Int64) {
        buckets = buckets.filter { entry in
            var bucket = entry.value
            return !bucket.isFull(atMs: nowMs)
        }
    }
}
