import ArgumentParser
import Contract
import RecordLog
import SagaKernel

/// Where a dead letter lies: `3/1042` is offset 1042 of partition 3.
struct DeadLetterPosition: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByArgument {
    var partition: Int32
    var offset: Int64

    init(partition: Int32, offset: Int64) {
        self.partition = partition
        self.offset = offset
    }

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let partition = Int32(parts[0]), let offset = Int64(parts[1]), partition >= 0,
            offset >= 0
        else { return nil }
        self.init(partition: partition, offset: offset)
    }

    var description: String { "\(partition)/\(offset)" }

    static func < (left: DeadLetterPosition, right: DeadLetterPosition) -> Bool {
        (left.partition, left.offset) < (right.partition, right.offset)
    }
}

/// A record of the topic `dead-letters`.
struct DeadLetterEntry: Sendable {
    var record: StoredRecord
    /// nil: somebody else wrote it.
    var facts: DeadLetterFacts?

    init(_ record: StoredRecord) {
        self.record = record
        facts = HeaderViews.with(record.headers) { DeadLetterFacts.read($0) }
    }

    var position: DeadLetterPosition { DeadLetterPosition(partition: record.partition, offset: record.offset) }

    /// When it was refused, or else when it was written.
    var time: Timestamp? { facts?.time ?? record.timestampMs.map(Timestamp.init(milliseconds:)) }

    /// In the order in which they were refused.
    static func isOlder(_ left: DeadLetterEntry, _ right: DeadLetterEntry) -> Bool {
        (left.time?.milliseconds ?? 0, left.position) < (right.time?.milliseconds ?? 0, right.position)
    }

    /// - Parameters:
    ///   - code: nil is any.
    ///   - earliest: nil is any; what has no time is always recent enough.
    func matches(code: String?, notBefore earliest: Timestamp?) -> Bool {
        let isRecent = earliest.map { earliest in time.map { $0 >= earliest } ?? true } ?? true
        return isRecent && (code == nil || facts?.code == code)
    }

    /// The key where it is the id of a request; any other may name a subject, and only its length is told.
    var keyText: String {
        guard let key = record.key else { return "none" }
        let text = String(decoding: key, as: UTF8.self)
        return RequestID(text) == nil ? "\(key.count) bytes" : text
    }

    /// The record as it was before it was refused, on its way to where it came from.
    ///
    /// - Throws: `CommandFailure.refused` where the headers do not say where it came from, or name a topic that the
    ///   command line does not write to, or say that the value was left out.
    func requeued(to topics: TopicNames) throws(CommandFailure) -> OutgoingRecord {
        guard let source = facts?.source else {
            throw .refused("\(position) does not say where it came from")
        }
        guard DeadLetterEntry.isInput(source.topic, topics), source.partition >= 0 else {
            throw .refused("\(position) came from \(source.topic), which is no topic that records go back to")
        }
        if let bytes = facts?.omittedBytes {
            throw .refused(
                "\(position) is empty, because its record was too long (\(bytes) bytes): it stands in \(source.topic), "
                    + "partition \(source.partition), offset \(source.offset), and has to be sent by whoever wrote it")
        }
        let headers = HeaderViews.with(record.headers) { DeadLetter.requeueHeaders($0) }
        return OutgoingRecord(
            topic: source.topic, partition: source.partition, key: record.key, value: record.value, headers: headers)
    }

    /// A dead letter's headers are whoever's who may write to the topic: without this, one could have records written
    /// into the coordinator's own topics.
    private static func isInput(_ topic: String, _ topics: TopicNames) -> Bool {
        topics.inputs.contains(topic) || topic.hasPrefix(topics.tasks(connector: ""))
    }
}
