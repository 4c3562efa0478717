import Crypto
import SagaKernel

/// The file that an export leaves: the subject's lines, byte for byte, each ended by a line feed.
///
/// It is written beside its final name and renamed when it is complete, so nobody finds half of one, and a second
/// export of the same task replaces it.
struct ExportFile: ~Copyable {
    private let folder: Folder
    private let temporary: FileName
    private let file: Descriptor
    private var writer = BufferedWriter()
    private var digest = SHA256()
    private static let lineFeed: [UInt8] = [0x0A]

    private init(folder: consuming Folder, file: consuming Descriptor, temporary: FileName) {
        self.folder = folder
        self.file = file
        self.temporary = temporary
    }

    static func create(in folder: consuming Folder) throws(FileFailure) -> ExportFile {
        for name in try folder.names() where name.isTemporary(.export) { try removeLeftover(folder, name) }
        let temporary = FileName.temporary(.export)
        let file = try folder.create(temporary)
        // Nobody else knows this name, so the lock is free; it tells other exports that the file is in use.
        _ = try file.tryLock()
        return ExportFile(folder: folder, file: file, temporary: temporary)
    }

    /// The exports of a request's endpoints share this folder, so only a file that nobody holds is a leftover.
    private static func removeLeftover(_ folder: borrowing Folder, _ name: FileName) throws(FileFailure) {
        do throws(FileFailure) {
            let file = try folder.openForReading(name)
            if try file.tryLock() { try folder.remove(name) }
        } catch {
            guard error.isMissing else { throw error }
        }
    }

    var bytes: Int64 { writer.bytes }

    mutating func append(_ line: FileLine) throws(FileFailure) {
        try append(line.content)
        try Self.lineFeed.withUnsafeBytes { bytes in
            Result { () throws(FileFailure) in try append(bytes) }
        }.get()
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer) throws(FileFailure) {
        digest.update(bufferPointer: bytes)
        try writer.append(bytes, to: file)
    }

    /// Gives the file its name and makes it durable; returns its SHA-256 in hexadecimal.
    mutating func finish(as name: FileName) throws(FileFailure) -> String {
        try writer.flush(to: file)
        try file.sync()
        try folder.rename(temporary, to: name)
        try folder.descriptor.sync()
        return Hex.text(digest.finalize())
    }

    func discard() throws(FileFailure) {
        try folder.remove(temporary)
    }
}

/// Lower-case hexadecimal of digests.
enum Hex {
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            text.append(Hexadecimal.digit(byte >> 4))
            text.append(Hexadecimal.digit(byte & 15))
        }
        return String(decoding: text, as: UTF8.self)
    }

    static func bytes(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var high: UInt8?
        for character in text {
            guard let digit = Hexadecimal.value(character) else { return nil }
            if let first = high {
                bytes.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return high == nil ? bytes : nil
    }
}
