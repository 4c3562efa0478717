public import RecordLog
public import SagaKernel

extension HeaderBlock {
    /// Marks the record as sent home by a coordinator that is not its home.
    public mutating func markForwarded() { append("\(HeaderNames.forwarded)", "1") }
}

/// The headers of the records that are written: those that never change are encoded once, the others are written over
/// those of the record before, in memory that is kept.
///
///     headers.begin(subject: id, path: "status", 2, 7, time: now)
///     log.produce(…, headers: headers.block)
public struct EnvelopeHeaders {
    /// The headers of the record that was begun last.
    public private(set) var block: HeaderBlock
    private let timeEntry: Int
    private let subjectEntry: Int
    private let fixedCount: Int
    /// Of the record before: those of a turn have the same time, and most the same subject as the one in front.
    private var lastTime: Timestamp?
    private var lastSubject: RequestID?

    /// - Parameters:
    ///   - source: `ce_source`, a URI reference that names who writes: `/habeas/coordinator`.
    public init(_ type: RecordType, source: String) {
        block = HeaderBlock()
        block.append("ce_specversion", "1.0")
        block.append("ce_source", source)
        block.append("ce_type", "\(type.ceType)")
        block.append("content-type", "application/json")
        timeEntry = block.entries.count
        block.append(name: "ce_time", valueLength: TimeText.lengthMax) { _ in }
        subjectEntry = block.entries.count
        block.append(name: "ce_subject", valueLength: RequestID.textLength) { _ in }
        fixedCount = block.entries.count
        block.reserve(bytes: 512, entries: fixedCount + 8)
    }

    /// Begins the next record: forgets what was appended for the one before, and writes `ce_time`, `ce_subject`,
    /// `ce_id` and, where there is one, `traceparent`.
    ///
    /// `ce_id` is `<request id>/<path>/<first>.<second>`: unique among the records of a source as long as the path and
    /// the two numbers tell them apart (a task's path, epoch and attempt; `status`, term and version), and the same
    /// when the same record is written again.
    public mutating func begin(
        subject: RequestID, path: String, _ first: Int64, _ second: Int64, time: Timestamp, traceparent: String? = nil
    ) {
        block.truncate(entries: fixedCount)
        if time != lastTime {
            block.rewrite(entry: timeEntry, length: TimeText.lengthMax) { TimeText.write(time, into: $0) }
            lastTime = time
        }
        if subject != lastSubject {
            block.rewrite(entry: subjectEntry, length: RequestID.textLength) { buffer in
                subject.write(into: buffer, at: 0)
                return RequestID.textLength
            }
            lastSubject = subject
        }
        appendID(subject, path, first, second)
        guard var traceparent else { return }
        traceparent.withUTF8 { text in
            block.append(name: "traceparent", valueLength: text.count) { $0.copyBytes(from: text) }
        }
    }

    private mutating func appendID(_ subject: RequestID, _ path: String, _ first: Int64, _ second: Int64) {
        let pathLength = path.utf8.count
        let (firstLength, secondLength) = (DecimalText.length(first), DecimalText.length(second))
        let length = RequestID.textLength + 1 + pathLength + 1 + firstLength + 1 + secondLength
        block.append(name: "ce_id", valueLength: length) { buffer in
            subject.write(into: buffer, at: 0)
            var place = RequestID.textLength
            buffer[place] = UInt8(ascii: "/")
            place += 1
            UnsafeMutableRawBufferPointer(rebasing: buffer[place..<place + pathLength]).copyBytes(from: path.utf8)
            place += pathLength
            buffer[place] = UInt8(ascii: "/")
            place += 1
            DecimalText.write(first, length: firstLength, into: buffer, at: place)
            place += firstLength
            buffer[place] = UInt8(ascii: ".")
            DecimalText.write(second, length: secondLength, into: buffer, at: place + 1)
        }
    }
}
