import Contract
import SagaKernel

/// A command as a record of the topic `commands`: in the home partition, which its request's status shows.
enum CommandRecord {
    static func make(_ command: Command, homePartition: Int32, topic: String, now: Timestamp) -> OutgoingRecord {
        var headers = EnvelopeHeaders(.command, source: RecordOrigin.source)
        // A command is written once, so nothing but its own id has to tell its records apart.
        headers.begin(subject: command.requestID, path: "command-\(command.id)", 1, 1, time: now)
        return OutgoingRecord(
            topic: topic, partition: homePartition, key: Array("\(command.requestID)".utf8),
            value: CommandWriter.bytes(command, homePartition: homePartition, time: now), headers: headers.block)
    }
}

/// Who writes, in the envelopes of the command line's records.
enum RecordOrigin {
    static let source = "/habeas/cli"
}
