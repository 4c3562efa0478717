import SagaKernel

extension PlannerTable {
    /// The table as a page of the documentation: an overview, then the settings of each kind.
    public static var markdown: String {
        var lines = [
            "| \(head.joined(separator: " | ")) |", "|\(head.map { _ in "---|" }.joined())",
        ]
        for entry in entries { lines.append(row(entry)) }
        lines.append("")
        lines.append(
            "`settle`, `worst case` and `re-verify` are defaults; a catalogue may set its own for each endpoint.")
        for entry in entries {
            lines.append("")
            lines += section(entry)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let head = [
        "kind", "what it is", "erase", "export", "typically", "stage", "settle", "worst case", "re-verify", "batches",
        "connector",
    ]

    private static func row(_ entry: PlannerEntry) -> String {
        let times = entry.times
        let reverify = times.reverifyMs.map(ISODuration.format).joined(separator: ", ")
        let cells = [
            "`\(entry.kind.rawValue)`", entry.title, means(entry.erase), means(entry.export), entry.typicalCompletion,
            entry.route.stage.name, ISODuration.format(times.settleMs), ISODuration.format(times.worstCaseMs),
            reverify.isEmpty ? "–" : reverify, entry.batching.text, "`\(entry.route.connector)`",
        ]
        return "| \(cells.map(cell).joined(separator: " | ")) |"
    }

    private static func means(_ meaning: Meaning) -> String {
        let others = meaning.otherwise.map { words($0) }
        return ([words(meaning.means)] + others).joined(separator: ", else ")
    }

    private static func words(_ means: Means) -> String {
        switch means {
        case .call: "call"
        case .rewrite: "rewrite"
        case .retentionWait: "wait"
        case .attestation: "owner"
        case .disclosure: "disclosure"
        }
    }

    private static func cell(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }

    private static func section(_ entry: PlannerEntry) -> [String] {
        var lines = ["### `\(entry.kind.rawValue)`", ""]
        lines.append("\(entry.title).")
        lines.append("")
        lines.append("- Erase: \(entry.erase.how)")
        lines.append("- Export: \(entry.export.how)")
        let actions = entry.route.actions.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        lines.append("- Actions: \(actions)")
        if !entry.times.settleReason.isEmpty {
            lines.append("- Settles for \(ISODuration.format(entry.times.settleMs)): \(entry.times.settleReason)")
        }
        if let limit = entry.rateLimit { lines.append("- Rate limit, for each \(limit.scope): \(limit.text)") }
        lines.append("- Sources: \(entry.sources.joined(separator: "; "))")
        guard !entry.settings.isEmpty else { return lines }
        lines += ["", "| setting | default | |", "|---|---|---|"]
        for setting in entry.settings {
            let value = setting.defaultJSON.map { "`\($0)`" } ?? "–"
            let mark = setting.isUnverified ? ". **Not confirmed by a public page: check it on your system.**" : ""
            lines.append("| `\(setting.name)` | \(cell(value)) | \(cell(setting.meaning))\(mark) |")
        }
        return lines
    }
}
