import SagaKernel

/// The texts of the moments that were written last: a record names few moments, most of them several times.
struct RecentTimes {
    private static let count = 8

    private var moments: InlineArray<8, Timestamp>
    private var texts: InlineArray<8, (UInt64, UInt64, UInt64)>
    private var lengths: InlineArray<8, Int>
    /// The place that is used next.
    private var next = 0

    init() {
        let epoch = Timestamp(milliseconds: 0)
        moments = InlineArray(repeating: epoch)
        texts = InlineArray(repeating: (0, 0, 0))
        lengths = InlineArray(repeating: 0)
        for _ in 0..<Self.count { _ = add(epoch) }
    }

    /// The text in the first `length` bytes; made where it is none of the last.
    @inline(__always)
    mutating func text(of time: Timestamp) -> (text: (UInt64, UInt64, UInt64), length: Int) {
        let place = place(of: time)
        return (texts[place], lengths[place])
    }

    @inline(__always)
    private mutating func place(of time: Timestamp) -> Int {
        for place in 0..<Self.count where moments[place] == time { return place }
        return add(time)
    }

    private mutating func add(_ time: Timestamp) -> Int {
        let place = next
        next = (next + 1) % Self.count
        moments[place] = time
        var text: (UInt64, UInt64, UInt64) = (0, 0, 0)
        lengths[place] = withUnsafeMutableBytes(of: &text) { TimeText.write(time, into: $0) }
        texts[place] = text
        return place
    }
}

/// The text of the id that was written last: most records name the same request again and again.
struct RecentID {
    private var id: RequestID?
    private var text: (UInt64, UInt64, UInt64, UInt64, UInt32) = (0, 0, 0, 0, 0)

    /// - Parameter buffer: room for `RequestID.textLength` bytes from `start` on.
    @inline(__always)
    mutating func write(_ id: RequestID, into buffer: UnsafeMutableRawBufferPointer, at start: Int) {
        if id != self.id {
            withUnsafeMutableBytes(of: &text) { id.write(into: $0, at: 0) }
            self.id = id
        }
        withUnsafeBytes(of: text) { text in
            let text = UnsafeRawBufferPointer(rebasing: text[..<RequestID.textLength])
            UnsafeMutableRawBufferPointer(rebasing: buffer[start...]).copyMemory(from: text)
        }
    }
}
