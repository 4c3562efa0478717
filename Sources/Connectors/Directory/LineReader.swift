#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// One line of a file, borrowed until the next one is asked for.
struct FileLine {
    /// As in the file, the line feed included where there is one.
    var bytes: UnsafeRawBufferPointer
    /// False for what follows the last line feed.
    var isTerminated: Bool
    /// Number of bytes at the beginning that are the file's and not the line's: a byte order mark.
    var markLength: Int

    /// Without line feed and byte order mark. A carriage return stays: to JSON it is white space.
    var content: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[markLength..<(isTerminated ? bytes.count - 1 : bytes.count)])
    }
}

/// Hands out the lines of a file in order, holding one piece of the file and at most one line in memory.
struct LineReader: ~Copyable {
    private static let pieceBytes = 256 * 1_024
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private let lineBytesMax: Int
    private var buffer: UnsafeMutableRawBufferPointer
    /// The part of `buffer` that was read and not handed out yet.
    private var start = 0
    private var end = 0
    /// Behind `start`, up to here there is no line feed.
    private var searched = 0
    private var atEnd = false
    private var isFirst = true

    init(lineBytesMax: Int) {
        self.lineBytesMax = lineBytesMax
        buffer = .allocate(byteCount: Self.pieceBytes, alignment: 16)
    }

    deinit { buffer.deallocate() }

    mutating func next(of file: borrowing Descriptor) throws(FileFailure) -> FileLine? {
        while true {
            if let length = lineLength() { return take(length, isTerminated: true) }
            guard end - start <= lineBytesMax else { throw .lineTooLong }
            if atEnd { return end > start ? take(end - start, isTerminated: false) : nil }
            try fill(from: file)
        }
    }

    private mutating func take(_ length: Int, isTerminated: Bool) -> FileLine? {
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[start..<start + length])
        start += length
        searched = start
        let mark = isFirst && bytes.starts(with: Self.byteOrderMark) ? Self.byteOrderMark.count : 0
        isFirst = false
        return FileLine(bytes: bytes, isTerminated: isTerminated, markLength: mark)
    }

    private mutating func lineLength() -> Int? {
        guard let base = buffer.baseAddress, searched < end,
            let found = memchr(base + searched, 0x0A, end - searched)
        else {
            searched = end
            return nil
        }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base + start) + 1
    }

    private mutating func fill(from file: borrowing Descriptor) throws(FileFailure) {
        makeRoom()
        let free = UnsafeMutableRawBufferPointer(rebasing: buffer[end...])
        let count = try file.read(into: free)
        end += count
        atEnd = count < free.count
    }

    /// Moves what is left to the front, and doubles the buffer where that gives less than half of it.
    private mutating func makeRoom() {
        let left = end - start
        guard let base = buffer.baseAddress else { return }
        if left > buffer.count / 2 {
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: buffer.count * 2, alignment: 16)
            larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
            buffer.deallocate()
            buffer = larger
        } else if start > 0 {
            memmove(base, base + start, left)
        }
        searched -= start
        start = 0
        end = left
    }
}
