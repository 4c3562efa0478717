import Foundation
import TestSeed

/// What the proxy does to requests, by their API key. Set by the faults, asked by every connection.
final class ProxyPolicy: @unchecked Sendable {
    /// The requests of a transaction, by the protocol's numbers.
    enum APIKey {
        static let initProducerID: Int16 = 22
        static let addPartitionsToTxn: Int16 = 24
        static let addOffsetsToTxn: Int16 = 25
        static let endTxn: Int16 = 26
        static let txnOffsetCommit: Int16 = 28
        static let ofTransactions: Set<Int16> = [
            initProducerID, addPartitionsToTxn, addOffsetsToTxn, endTxn, txnOffsetCommit,
        ]
    }

    // Guarded by `changed`.
    private var random: SeededRandom
    private var delayed: (keys: Set<Int16>?, upToMs: Int, chancePercent: Int, until: Date)?
    private var late: [(key: Int16, ms: Int)] = []
    private var isOver = false
    private let changed = NSCondition()

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    /// Holds requests back for a random time.
    ///
    /// - Parameter keys: nil is every request.
    func delay(_ keys: Set<Int16>?, upToMs: Int, chancePercent: Int, forSeconds seconds: Double) {
        changed.withLock { delayed = (keys, upToMs, chancePercent, Date().addingTimeInterval(seconds)) }
    }

    /// Holds back the next request of a kind for this long.
    func holdNext(_ key: Int16, ms: Int) { changed.withLock { late.append((key, ms)) } }

    /// Everything passes from now on; what is held back already comes when it was to come.
    func clear() {
        changed.withLock {
            delayed = nil
            late = []
        }
    }

    /// Ends every wait.
    func end() {
        changed.withLock {
            isOver = true
            changed.broadcast()
        }
    }

    /// How long to hold a request back, milliseconds.
    func holdMs(_ key: Int16) -> Int {
        changed.withLock {
            if let index = late.firstIndex(where: { $0.key == key }) { return late.remove(at: index).ms }
            guard let delayed, delayed.until > Date(), delayed.keys?.contains(key) ?? true,
                random.below(100) < delayed.chancePercent
            else { return 0 }
            return random.below(delayed.upToMs + 1)
        }
    }

    func wait(ms: Int) {
        guard ms > 0 else { return }
        let end = Date().addingTimeInterval(Double(ms) / 1_000)
        changed.withLock {
            while !isOver, changed.wait(until: end) {}
        }
    }
}
