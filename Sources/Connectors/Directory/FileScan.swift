import SagaKernel

/// What reading one file from its beginning to its end told.
struct FileScan {
    var subjectLines: Int64 = 0
    var unclearLines: Int64 = 0
    /// The last line has no line feed and is no JSON: somebody may be in the middle of writing it.
    var endsHalfWritten = false
    /// The bytes of the file, when it is read to its end.
    var bytes: Int64 = 0

    /// Reads on from the descriptor's position, and hands each line with its judgement to `take`.
    static func read(
        _ file: borrowing Descriptor, matcher: SubjectMatcher, lineBytesMax: Int,
        take: (FileLine, SubjectMatcher.Judgement) throws(FileFailure) -> Void
    ) throws(FileFailure) -> FileScan {
        var scan = FileScan()
        var reader = LineReader(lineBytesMax: lineBytesMax)
        while let line = try reader.next(of: file) {
            if scan.bytes == 0, isOtherFormat(line.bytes) { throw .otherFormat }
            scan.bytes += Int64(line.bytes.count)
            let content = line.content
            if !isText(content, isTerminated: line.isTerminated), JSONReader.read(content) == nil { throw .otherFormat }
            let judgement = matcher.judge(content)
            switch judgement {
            case .subject: scan.subjectLines += 1
            case .unclear: scan.unclearLines += 1
            case .other: break
            }
            if !line.isTerminated, judgement != .subject { scan.endsHalfWritten = isHalfWritten(content) }
            try take(line, judgement)
        }
        return scan
    }

    private static func isHalfWritten(_ content: UnsafeRawBufferPointer) -> Bool {
        let isBlank = content.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        return !isBlank && JSONReader.read(content) == nil
    }

    /// False for a line with a zero byte, or with bytes that are not UTF-8: text in which a search could find nothing,
    /// as in a format that nobody listed. At the end of what is still being written a character may be incomplete.
    private static func isText(_ content: UnsafeRawBufferPointer, isTerminated: Bool) -> Bool {
        guard !content.contains(where: { $0 == 0 || $0 >= 0x80 }) else { return isUnicode(content, isTerminated) }
        return true
    }

    private static func isUnicode(_ content: UnsafeRawBufferPointer, _ isTerminated: Bool) -> Bool {
        var text = content
        if !isTerminated {
            for _ in 0..<3 {
                guard let last = text.last, last >= 0x80 else { break }
                text = UnsafeRawBufferPointer(rebasing: text.dropLast())
                // The first byte of a character.
                if last >= 0xC0 { break }
            }
        }
        return !text.contains(0) && String(validating: text, as: UTF8.self) != nil
    }

    /// Beginnings of files in which a search for text would find nothing, whatever they hold: Avro, gzip, Zstandard,
    /// zip, Parquet, UTF-16 and UTF-32.
    private static let otherFormats: [[UInt8]] = [
        Array("Obj\u{1}".utf8), [0x1F, 0x8B], [0x28, 0xB5, 0x2F, 0xFD], Array("PK\u{3}\u{4}".utf8),
        Array("PAR1".utf8), [0xFF, 0xFE], [0xFE, 0xFF], [0x00, 0x00, 0xFE, 0xFF],
    ]

    private static func isOtherFormat(_ beginning: UnsafeRawBufferPointer) -> Bool {
        otherFormats.contains { beginning.starts(with: $0) }
    }
}
