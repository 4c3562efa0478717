public import RecordLog
public import SagaKernel

/// Where a record came from.
public struct RecordSource: Hashable, Sendable {
    public var topic: String
    public var partition: Int32
    public var offset: Int64

    public init(topic: String, partition: Int32, offset: Int64) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
    }
}

/// Dead letters (contract §7): the record as it came, and why it was not taken, in headers behind its own.
public enum DeadLetter {
    static let errorCode: StaticString = "habeas.error.code"
    static let errorMessage: StaticString = "habeas.error.message"
    static let sourceTopic: StaticString = "habeas.source.topic"
    static let sourcePartition: StaticString = "habeas.source.partition"
    static let sourceOffset: StaticString = "habeas.source.offset"
    static let time: StaticString = "habeas.time"
    /// Of a record that is too long for a dead letter: how many bytes its value had. The value is empty then; while it
    /// lasts, the record itself stands where the other headers say.
    static let omitted: StaticString = "habeas.value.omitted"
    /// Of a record whose own headers are too long as well: how many bytes they had.
    static let headersOmitted: StaticString = "habeas.headers.omitted"
    /// The same of its key.
    static let keyOmitted: StaticString = "habeas.key.omitted"

    /// A dead letter as it is written; key and value are lent by the record.
    public struct Letter {
        public var key: UnsafeRawBufferPointer?
        public var value: UnsafeRawBufferPointer?
        public var headers: HeaderBlock

        fileprivate func fits(_ bytesMax: Int) -> Bool {
            headers.recordBytes(key: key, value: value) <= bytesMax
        }
    }

    /// The dead letter of a record, no longer than `bytesMax`, the largest record that the log takes.
    ///
    /// One that no broker takes would come up again after every restart, and its partition stand still. So a letter
    /// that is too long leaves out its value, then the record's own headers, then its key, and says so.
    public static func letter(
        key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, original: UnsafeBufferPointer<HeaderView>,
        refusal: Refusal, source: RecordSource, time: Timestamp, bytesMax: Int
    ) -> Letter {
        var letter = Letter(
            key: key, value: value, headers: headers(original: original, refusal: refusal, source: source, time: time))
        if letter.fits(bytesMax) { return letter }
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        letter.value = value == nil ? nil : empty
        letter.headers.append("\(omitted)", String(value?.count ?? 0))
        if letter.fits(bytesMax) { return letter }
        letter.headers = headers(
            original: UnsafeBufferPointer(start: nil, count: 0), refusal: refusal, source: source, time: time)
        letter.headers.append("\(omitted)", String(value?.count ?? 0))
        letter.headers.append("\(headersOmitted)", String(HeaderBlock(copying: original).wireBytes))
        if letter.fits(bytesMax) { return letter }
        letter.headers.append("\(keyOmitted)", String(key?.count ?? 0))
        letter.key = empty
        return letter
    }

    /// The headers of a dead letter; its key and value are the record's own.
    ///
    /// A record that is a dead letter a second time keeps the headers of the first: the last of each name counts.
    public static func headers(
        original: UnsafeBufferPointer<HeaderView>, refusal: Refusal, source: RecordSource, time: Timestamp
    ) -> HeaderBlock {
        var block = HeaderBlock()
        block.reserve(bytes: 512, entries: original.count + 6)
        for header in original { block.append(name: header.name, value: header.value) }
        block.append("\(errorCode)", refusal.code.rawValue)
        block.append("\(errorMessage)", refusal.message)
        block.append("\(sourceTopic)", source.topic)
        block.append("\(sourcePartition)", String(source.partition))
        block.append("\(sourceOffset)", String(source.offset))
        block.append("\(self.time)", TimeText.text(time))
        return block
    }

    /// The headers with which a dead letter goes back to its topic: those of the record when it was first written.
    /// `habeas.forwarded` goes too, since the record begins its way anew.
    public static func requeueHeaders(_ headers: UnsafeBufferPointer<HeaderView>) -> HeaderBlock {
        var block = HeaderBlock()
        block.reserve(bytes: 512, entries: headers.count)
        for header in headers where !isOurs(header.name) { block.append(name: header.name, value: header.value) }
        return block
    }

    private static func isOurs(_ name: UnsafeRawBufferPointer) -> Bool {
        [
            errorCode, errorMessage, sourceTopic, sourcePartition, sourceOffset, time, omitted, headersOmitted,
            keyOmitted, HeaderNames.forwarded,
        ].contains { HeaderNames.equals(name, $0) }
    }
}

/// What the headers of a dead letter say.
public struct DeadLetterFacts: Hashable, Sendable {
    /// A `RefusalCode`, or whatever a worker of another make wrote.
    public var code: String
    public var message: String
    /// nil where the headers do not say, or say it in a way that cannot be read.
    public var source: RecordSource?
    public var time: Timestamp?
    /// Bytes of the value where it was too long for a letter, which is empty then.
    public var omittedBytes: String?

    /// - Returns: nil for a record without `habeas.error.code`: it is no dead letter.
    public static func read(_ headers: UnsafeBufferPointer<HeaderView>) -> DeadLetterFacts? {
        guard let code = value(DeadLetter.errorCode, headers) else { return nil }
        var facts = DeadLetterFacts(code: code, message: value(DeadLetter.errorMessage, headers) ?? "")
        if let topic = value(DeadLetter.sourceTopic, headers),
            let partition = value(DeadLetter.sourcePartition, headers).flatMap({ Int32($0) }),
            let offset = value(DeadLetter.sourceOffset, headers).flatMap({ Int64($0) })
        {
            facts.source = RecordSource(topic: topic, partition: partition, offset: offset)
        }
        facts.omittedBytes = value(DeadLetter.omitted, headers)
        facts.time = value(DeadLetter.time, headers).flatMap { TimeText.parse($0) }
        return facts
    }

    /// The last header of the name; bytes that are not UTF-8 are replaced, as this is for people.
    private static func value(_ name: StaticString, _ headers: UnsafeBufferPointer<HeaderView>) -> String? {
        guard let header = headers.last(where: { HeaderNames.equals($0.name, name) }), let value = header.value else {
            return nil
        }
        return String(decoding: value, as: UTF8.self)
    }
}
