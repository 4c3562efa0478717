import SagaKernel
import Synchronization

/// Says of a request id, without the database, that it is surely not known.
///
/// A lane asks about every id that it meets for the first time, and nearly all of them are new to everyone: that answer
/// has to cost nanoseconds. This is a Bloom filter in layers, each four times as large as the one before, so that it
/// grows without the ids being read again. An id that was forgotten may still be taken for known, and the database then
/// says the truth.
final class KnownIDs: Sendable {
    private let layers = Mutex<[Layer]>([Layer(capacity: 65_536)])

    /// Call once for each id; only the writer does.
    func insert(_ id: RequestID) {
        layers.withLock { layers in
            let newest = layers[layers.count - 1]
            if newest.insert(id) { return }
            let next = Layer(capacity: newest.capacity * 4)
            _ = next.insert(id)
            layers.append(next)
        }
    }

    /// False only for an id that was never inserted. Callable from any thread.
    func mayContain(_ id: RequestID) -> Bool {
        // Copying the list costs one retain; the probes then run outside the lock.
        let layers = layers.withLock { $0 }
        return layers.contains { $0.mayContain(id) }
    }

    func removeAll() {
        layers.withLock { $0 = [Layer(capacity: 65_536)] }
    }
}

/// 16 bits and 6 probes for each id: about one wrong "maybe" in a thousand when full.
private final class Layer: @unchecked Sendable {
    // Unchecked, because Swift has no array of atomics: the words are touched through atomic operations alone, and
    // `count` only under the lock of `KnownIDs`.
    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    private let wordCount: Int
    private var count = 0
    let capacity: Int

    /// - Parameter capacity: a power of two, at least 4.
    init(capacity: Int) {
        self.capacity = capacity
        wordCount = capacity / 4
        words = .allocate(capacity: wordCount)
        for index in 0..<wordCount { (words + index).initialize(to: Atomic(0)) }
    }

    deinit {
        words.deinitialize(count: wordCount)
        words.deallocate()
    }

    /// False when the layer is full.
    func insert(_ id: RequestID) -> Bool {
        guard count < capacity else { return false }
        count += 1
        forEachProbe(id) { word, bit in
            words[word].bitwiseOr(bit, ordering: .relaxed)
            return true
        }
        return true
    }

    func mayContain(_ id: RequestID) -> Bool {
        forEachProbe(id) { word, bit in words[word].load(ordering: .relaxed) & bit != 0 }
    }

    /// Ids are mostly random, but whoever sends requests chooses them: both halves go through a mixer.
    @discardableResult
    private func forEachProbe(_ id: RequestID, _ probe: (_ word: Int, _ bit: UInt64) -> Bool) -> Bool {
        var position = Self.mixed(id.high ^ (id.low << 32 | id.low >> 32))
        let step = Self.mixed(id.low &+ 0x9E37_79B9_7F4A_7C15 &* (id.high | 1)) | 1
        for _ in 0..<6 {
            let index = position >> 6 & UInt64(wordCount - 1)
            guard probe(Int(index), 1 << (position & 63)) else { return false }
            position &+= step
        }
        return true
    }

    private static func mixed(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
