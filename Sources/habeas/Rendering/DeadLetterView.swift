import Contract
import SagaKernel

/// Dead letters for people and for scripts.
struct DeadLetterView {
    var now: Timestamp

    func lines(_ entries: [DeadLetterEntry], total: Int, _ terminal: TerminalFacts) -> [String] {
        guard !entries.isEmpty else { return ["No such dead letters."] }
        var table = Table([
            .init(title: "POSITION"), .init(title: "WHEN"), .init(title: "CODE"),
            .init(title: "FROM", minimum: 24), .init(title: "KEY", minimum: 8, dispensable: 1),
            .init(title: "WHY", minimum: 16),
        ])
        for entry in entries {
            let source = entry.facts?.source.map { "\($0.topic) \($0.partition)/\($0.offset)" }
            table.append([
                Styled("\(entry.position)"), Styled(when(entry)), Styled(entry.facts?.code ?? "none", .bad),
                Styled(source ?? ""), Styled(entry.keyText, .faint), Styled(entry.facts?.message ?? ""),
            ])
        }
        var lines = table.lines(width: terminal.width, colours: terminal.colours)
        if total > entries.count { lines += ["", "The newest \(entries.count) of \(total); --limit shows more."] }
        return lines
    }

    private func when(_ entry: DeadLetterEntry) -> String {
        entry.time.map { RelativeTime.cell($0, now: now) } ?? ""
    }

    /// One in full; what may name a subject only with `reveal`.
    func detail(_ entry: DeadLetterEntry, reveal: Bool, _ terminal: TerminalFacts) -> [String] {
        var lines = [
            "Position  \(entry.position)",
            "Why       \(entry.facts.map { "\($0.code): \($0.message)" } ?? "it does not say: somebody else wrote it")",
            "When      \(entry.time.map { RelativeTime.both($0, now: now) } ?? "unknown")",
        ]
        if let source = entry.facts?.source {
            lines.append("From      \(source.topic), partition \(source.partition), offset \(source.offset)")
        }
        lines.append("Key       \(reveal ? text(entry.record.key) : entry.keyText)")
        lines.append("Payload   \(entry.record.value.map { "\($0.count) bytes" } ?? "none (tombstone)")")
        lines = lines.map(TextWidth.printable) + [""]
        var table = Table([.init(title: "HEADER"), .init(title: "VALUE", minimum: 20)])
        for header in entry.record.headers {
            let shown = reveal || DeadLetterView.isOpen(header.name)
            table.append([
                Styled(header.name), shown ? Styled(header.text) : Styled("\(header.value?.count ?? 0) bytes", .faint),
            ])
        }
        lines += table.lines(width: terminal.width, colours: terminal.colours)
        if reveal {
            lines += ["", TextWidth.printable(text(entry.record.value))]
        } else {
            lines += ["", "--reveal shows the payload, which may name a subject."]
        }
        return lines
    }

    private func text(_ bytes: [UInt8]?) -> String {
        bytes.map { String(decoding: $0, as: UTF8.self) } ?? "none"
    }

    /// Headers whose values are the contract's or a broker's own and never name a subject.
    private static func isOpen(_ name: String) -> Bool {
        let name = name.lowercased()
        return name.hasPrefix("habeas.")
            || ["ce_specversion", "ce_type", "ce_time", "ce_source", "content-type", "traceparent"].contains(name)
    }

    func json(_ entries: [DeadLetterEntry], total: Int) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("total")
        writer.integer(total)
        writer.name("dead_letters")
        writer.beginArray()
        for entry in entries { append(entry, to: &writer) }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func append(_ entry: DeadLetterEntry, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("position")
        writer.string("\(entry.position)")
        writer.name("key")
        writer.string(entry.keyText)
        if let time = entry.time {
            writer.name("time")
            writer.time(time)
        }
        if let facts = entry.facts {
            writer.name("code")
            writer.string(facts.code)
            writer.name("message")
            writer.string(facts.message)
            if let source = facts.source {
                writer.name("source_topic")
                writer.string(source.topic)
                writer.name("source_partition")
                writer.integer(Int64(source.partition))
                writer.name("source_offset")
                writer.integer(source.offset)
            }
        }
        writer.endObject()
    }
}
