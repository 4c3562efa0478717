public import RecordLog
public import SagaKernel

extension HeaderBlock {
    /// Marks the record as sent home by a coordinator that is not its home.
    public mutating func markForwarded() { append("\(HeaderNames.forwarded)", "1") }
}

/// The headers of the records that are written: those that never change are encoded once, the others are appended for
/// each record, in memory that is kept.
///
///     headers.begin(subject: id, time: now) { writer in writer.append(id: id, path: "status", 2, 7) }
///     log.produce(…, headers: headers.block)
public struct EnvelopeHeaders {
    /// The headers of the record that was begun last.
    public private(set) var block: HeaderBlock
    private let fixedCount: Int
    private var scratch: [UInt8] = []
    /// The time of the record before and its text: the records of a turn have the same.
    private var lastTime: Timestamp?
    private var lastTimeText: [UInt8] = []

    /// - Parameters:
    ///   - source: `ce_source`, a URI reference that names who writes: `/habeas/coordinator`.
    public init(_ type: RecordType, source: String) {
        block = HeaderBlock()
        block.append("ce_specversion", "1.0")
        block.append("ce_source", source)
        block.append("ce_type", "\(type.ceType)")
        block.append("content-type", "application/json")
        fixedCount = block.entries.count
        block.reserve(bytes: 512, entries: fixedCount + 8)
        scratch.reserveCapacity(256)
    }

    /// Begins the next record: forgets what was appended for the one before, and appends `ce_id`, `ce_time`,
    /// `ce_subject` and, where there is one, `traceparent`.
    ///
    /// `ce_id` is `<request id>/<path>/<first>.<second>`: unique among the records of a source as long as the path and
    /// the two numbers tell them apart (a task's path, epoch and attempt; `status`, term and version), and the same
    /// when the same record is written again.
    public mutating func begin(
        subject: RequestID, path: String, _ first: Int64, _ second: Int64, time: Timestamp, traceparent: String? = nil
    ) {
        block.truncate(entries: fixedCount)
        scratch.removeAll(keepingCapacity: true)
        withUnsafeTemporaryAllocation(byteCount: 36, alignment: 1) { buffer in
            subject.write(into: buffer, at: 0)
            scratch.append(contentsOf: UnsafeRawBufferPointer(buffer))
        }
        scratch.append(UInt8(ascii: "/"))
        scratch.append(contentsOf: path.utf8)
        scratch.append(UInt8(ascii: "/"))
        appendDecimal(first)
        scratch.append(UInt8(ascii: "."))
        appendDecimal(second)
        if time != lastTime {
            lastTimeText.removeAll(keepingCapacity: true)
            TimeText.append(time, to: &lastTimeText)
            lastTime = time
        }
        scratch.withUnsafeBytes { bytes in
            append("ce_id", bytes)
            lastTimeText.withUnsafeBytes { append("ce_time", $0) }
            append("ce_subject", UnsafeRawBufferPointer(rebasing: bytes[..<36]))
        }
        guard var traceparent else { return }
        traceparent.withUTF8 { append("traceparent", UnsafeRawBufferPointer($0)) }
    }

    private mutating func append(_ name: StaticString, _ value: UnsafeRawBufferPointer) {
        let name = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        block.append(name: name, value: .some(value))
    }

    private mutating func appendDecimal(_ value: Int64) {
        if value >= 0, value < 10 {
            scratch.append(0x30 + UInt8(truncatingIfNeeded: value))
        } else {
            scratch.append(contentsOf: String(value).utf8)
        }
    }
}
