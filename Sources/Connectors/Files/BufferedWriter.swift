/// Collects what is written into pieces of a size that is worth a system call.
struct BufferedWriter: ~Copyable {
    private static let pieceBytes = 256 * 1_024

    private var buffer: [UInt8] = []
    /// Everything that was handed over, written or not.
    private(set) var bytes: Int64 = 0

    init() {
        buffer.reserveCapacity(Self.pieceBytes)
    }

    mutating func append(_ piece: UnsafeRawBufferPointer, to file: borrowing Descriptor) throws(FileFailure) {
        bytes += Int64(piece.count)
        if buffer.count + piece.count > Self.pieceBytes { try flush(to: file) }
        if piece.count > Self.pieceBytes { try file.write(piece) } else { buffer.append(contentsOf: piece) }
    }

    mutating func flush(to file: borrowing Descriptor) throws(FileFailure) {
        try buffer.withUnsafeBytes { bytes in
            Result { () throws(FileFailure) in try file.write(bytes) }
        }.get()
        buffer.removeAll(keepingCapacity: true)
    }
}
