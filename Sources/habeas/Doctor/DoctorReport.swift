import Contract

/// Every check, for people and for scripts.
struct DoctorReport: Sendable {
    var checks: [DoctorCheck]

    var isSound: Bool { !checks.contains { $0.verdict == .fail } }

    func lines(_ terminal: TerminalFacts) -> [String] {
        let titleWidth = checks.map { TextWidth.columns($0.title) }.max() ?? 0
        var lines: [String] = []
        for check in checks {
            let verdict = check.verdict == .skipped ? "skip" : check.verdict.rawValue
            let mark = Styled(verdict, check.verdict.tone).rendered(colours: terminal.colours)
            let markPadding = String(repeating: " ", count: 4 - verdict.count)
            let padding = String(repeating: " ", count: titleWidth - TextWidth.columns(check.title))
            lines.append("\(mark)\(markPadding)  \(check.title)\(padding)  \(TextWidth.printable(check.detail))")
            if let advice = check.advice {
                let indent = String(repeating: " ", count: 8 + titleWidth)
                lines.append(indent + Styled("→ \(advice)", .strong).rendered(colours: terminal.colours))
            }
        }
        let bad = checks.count { $0.verdict == .fail }
        let doubtful = checks.count { $0.verdict == .warn }
        lines += ["", bad == 0 && doubtful == 0 ? "Everything is sound." : "\(bad) to repair, \(doubtful) to look at."]
        return lines
    }

    func json() -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("sound")
        writer.boolean(isSound)
        writer.name("checks")
        writer.beginArray()
        for check in checks {
            writer.beginObject()
            writer.name("id")
            writer.string(check.id)
            writer.name("title")
            writer.string(check.title)
            writer.name("status")
            writer.string(check.verdict.rawValue)
            writer.name("detail")
            writer.string(check.detail)
            if let advice = check.advice {
                writer.name("advice")
                writer.string(advice)
            }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
