import Contract
import Foundation
import Kafka
import Logging
import SagaKernel
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where log lines go: text on a terminal, one JSON object a line otherwise. The standard error by default, since the
/// standard output belongs to what was asked for.
struct LogOutput: LogHandler {
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    var logLevel: Logger.Level
    private let label: String
    private let isJSON: Bool
    private let handle: FileHandle
    /// Lines that could not be written since one could, of all loggers of the process.
    private static let lost = Atomic<Int>(0)

    init(label: String, level: Logger.Level, isJSON: Bool, handle: FileHandle = .standardError) {
        self.handle = handle
        self.label = label
        logLevel = level
        self.isJSON = isJSON
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Loggers as the settings say.
    static func factory(_ section: LogSection) -> @Sendable (String) -> any LogHandler {
        let level = Logger.Level(rawValue: section.level) ?? .info
        let isJSON =
            switch section.format {
            case .auto: isatty(STDERR_FILENO) == 0
            case .text: false
            case .json: true
            }
        return { LogOutput(label: $0, level: level, isJSON: isJSON) }
    }

    func log(event: LogEvent) {
        var facts = metadata.merging(event.metadata ?? [:]) { $1 }
        if let provided = metadataProvider?.get() { facts.merge(provided) { own, _ in own } }
        let lost = Self.lost.exchange(0, ordering: .relaxed)
        if lost > 0 { facts["lines_lost"] = "\(lost)" }
        let milliseconds = Int64((Date().timeIntervalSince1970 * 1_000).rounded(.down))
        let time = TimeText.text(Timestamp(milliseconds: milliseconds))
        let line = isJSON ? json(event, facts, time) : text(event, facts, time)
        // One write a line: lines of several threads do not mix below the size of a pipe's buffer.
        do {
            try handle.write(contentsOf: Data((line + "\n").utf8))
        } catch {
            // A full disk or a reader that went away takes the log, and must not take the process with it. There is no
            // better place to tell of it than the next line that can be written.
            Self.lost.add(lost + 1, ordering: .relaxed)
        }
    }

    private func text(_ event: LogEvent, _ facts: Logger.Metadata, _ time: String) -> String {
        let pairs = facts.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        return "\(time) \(event.level) \(label): \(event.message)\(pairs)"
    }

    private func json(_ event: LogEvent, _ facts: Logger.Metadata, _ time: String) -> String {
        var json = LogLineWriter()
        json.field("time", time)
        json.field("level", "\(event.level)")
        json.field("logger", label)
        json.field("message", "\(event.message)")
        for (key, value) in facts.sorted(by: { $0.key < $1.key }) { json.field(key, "\(value)") }
        return json.line()
    }
}

extension Logger {
    /// Takes librdkafka's lines.
    var kafka: KafkaLog {
        let logger = self
        return { line in
            logger.log(
                level: line.level.logged, "\(line.message)",
                metadata: ["kafka.client": "\(line.client)", "kafka.facility": "\(line.facility)"])
        }
    }
}

extension KafkaLogLine.Level {
    /// The level of swift-log that means the same.
    var logged: Logger.Level {
        switch self {
        case .emergency, .alert, .critical: .critical
        case .error: .error
        case .warning: .warning
        case .notice: .notice
        case .info: .info
        case .debug: .debug
        }
    }
}
