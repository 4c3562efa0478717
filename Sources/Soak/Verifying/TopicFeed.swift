import Contract
import Foundation
import Kafka
import RecordLog

/// Reads what is committed in one topic, each record once, however often the broker goes away meanwhile.
final class TopicFeed {
    private let settings: KafkaSettings
    private let topic: SoakTopic
    private let name: String
    private var reader: KafkaLogReader?
    /// Where each partition goes on; a reader that was opened anew begins in front.
    private var next: [Int32: Int64] = [:]

    init(settings: KafkaSettings, topic: SoakTopic, name: String) {
        self.settings = settings
        self.topic = topic
        self.name = name
    }

    func close() {
        reader?.close()
        reader = nil
    }

    /// Hands out everything that was written before the call and has not been handed out yet.
    ///
    /// - Throws: `SoakFailure.noEnd` when the end is not reached by `deadline`.
    func readToEnd(by deadline: Date, _ take: (SoakRecord) -> Void) throws {
        var bounds: [Int64]?
        while true {
            do throws(LogFailure) {
                let reader = try opened()
                if bounds == nil { bounds = try reader.highWatermarks() }
                for view in try reader.poll(maxRecords: 5_000, timeoutMs: 100) { hand(out: view, take) }
                if zip(bounds ?? [], try reader.positions()).allSatisfy({ $0 == 0 || $1 >= $0 }) { return }
            } catch {
                guard case .retriable = error else { throw SoakFailure.log("read \(name)", error) }
            }
            if Date() > deadline { throw SoakFailure.noEnd(topic: name) }
        }
    }

    private func opened() throws(LogFailure) -> KafkaLogReader {
        if let reader { return reader }
        guard let new = try KafkaLogReader.openAll(settings: settings, topic: name) else {
            throw .fatal(reason: "there is no topic \(name)")
        }
        reader = new
        return new
    }

    private func hand(out view: RecordView, _ take: (SoakRecord) -> Void) {
        guard view.offset >= next[view.partition, default: 0] else { return }
        next[view.partition] = view.offset + 1
        var record = SoakRecord(
            topic: topic, name: name, partition: view.partition, offset: view.offset,
            timestampMs: view.timestampMs ?? 0, key: view.key.map { String(decoding: $0, as: UTF8.self) } ?? "",
            value: view.value.map { [UInt8]($0) })
        for header in view.headers {
            record.headers[String(decoding: header.name, as: UTF8.self)] =
                header.value.map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
        take(record)
    }
}

/// Why a soak cannot go on; not a verdict on Habeas.
enum SoakFailure: Error, CustomStringConvertible {
    case noEnd(topic: String)
    case log(String, LogFailure)
    case command(String, code: Int32, output: String)
    case socket(String, code: Int32)
    case interrupted

    var description: String {
        switch self {
        case .noEnd(let topic): "the end of \(topic) was not reached in time; look at the broker"
        case .log(let what, let failure): "\(what): \(failure.reason)"
        case .command(let command, let code, let output): "\(command) ended with \(code): \(output)"
        case .socket(let call, let code): "\(call): \(String(cString: strerror(code)))"
        case .interrupted: "interrupted"
        }
    }
}
