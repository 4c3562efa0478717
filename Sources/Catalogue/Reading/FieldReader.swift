import SagaKernel

/// Reads the fields of one mapping, each once, and reports every fault at the line where it stands.
struct FieldReader {
    let node: YAMLNode
    let path: String
    let findings: Findings
    private let entries: [String: YAMLNode.Entry]

    /// nil when the node is no mapping, which is then reported. Keys that are not `allowed` are faults.
    init?(_ node: YAMLNode, path: String, allowed: [String], findings: Findings) {
        switch node.content {
        case .unusable:
            return nil
        case .scalar, .sequence:
            findings.fault(node, path, "is \(node.typeName); a mapping is expected")
            return nil
        case .mapping(let entries):
            self.node = node
            self.path = path
            self.findings = findings
            self.entries = Dictionary(entries.map { ($0.key, $0) }, uniquingKeysWith: { _, last in last })
            for entry in entries where !allowed.contains(entry.key) {
                let near = Spelling.nearest(to: entry.key, of: allowed).map { "; did you mean `\($0)`?" } ?? ""
                findings.fault(
                    line: entry.line, column: entry.column, path: path,
                    "the key `\(Spelling.shown(entry.key))` is not known here\(near)")
            }
        }
    }

    func path(of key: String) -> String {
        path.isEmpty ? key : "\(path).\(key)"
    }

    /// The value of a key; a missing key and a null are the same (contract: a null field may be left out).
    func value(_ key: String) -> YAMLNode? {
        guard let value = entries[key]?.value else { return nil }
        if case .scalar(.null) = value.content { return nil }
        return value
    }

    func fault(_ key: String, _ message: String) {
        let entry = entries[key]
        findings.fault(
            line: entry?.value.line ?? node.line, column: entry?.value.column ?? node.column, path: self.path(of: key),
            message)
    }

    func warn(_ key: String, _ message: String) {
        findings.warn(entries[key]?.value ?? node, path(of: key), message)
    }

    func missing(_ key: String) {
        findings.fault(node, path, "`\(key)` is missing")
    }

    func text(_ key: String) -> String? {
        value(key).flatMap { FieldReader.text($0, path: path(of: key), findings: findings) }
    }

    static func text(_ node: YAMLNode, path: String, findings: Findings) -> String? {
        switch node.content {
        case .unusable: return nil
        case .scalar(.string(let text)): return text
        case .scalar(.number), .scalar(.bool):
            findings.fault(node, path, "is \(node.typeName); text is expected, so put it in quotes")
            return nil
        case .scalar, .sequence, .mapping:
            findings.fault(node, path, "is \(node.typeName); text is expected")
            return nil
        }
    }

    func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = value(key) else { return nil }
        switch value.content {
        case .unusable: return nil
        case .scalar(let scalar):
            guard let number = scalar.int, let small = Int(exactly: number), range.contains(small) else {
                fault(key, "a whole number from \(range.lowerBound) to \(range.upperBound) is expected")
                return nil
            }
            return small
        case .sequence, .mapping:
            fault(key, "is \(value.typeName); a whole number is expected")
            return nil
        }
    }

    func duration(_ key: String, in range: ClosedRange<Int64>) -> Int64? {
        value(key).flatMap { FieldReader.duration($0, path: path(of: key), in: range, findings: findings) }
    }

    static func duration(
        _ node: YAMLNode, path: String, in range: ClosedRange<Int64>, findings: Findings
    ) -> Int64? {
        guard let text = text(node, path: path, findings: findings) else { return nil }
        switch ISODuration.read(text) {
        case .failure(let refusal):
            findings.fault(node, path, refusal.message)
            return nil
        case .success(let milliseconds):
            guard range.contains(milliseconds) else {
                let least = ISODuration.format(range.lowerBound)
                let most = ISODuration.format(range.upperBound)
                findings.fault(node, path, "a duration from \(least) to \(most) is expected")
                return nil
            }
            return milliseconds
        }
    }

    /// The elements of a list; nil when the key is absent or no list.
    func list(_ key: String) -> [YAMLNode]? {
        guard let value = value(key) else { return nil }
        switch value.content {
        case .unusable: return nil
        case .sequence(let elements): return elements
        case .scalar, .mapping:
            fault(key, "is \(value.typeName); a list is expected")
            return nil
        }
    }
}

/// Help with words that are nearly right.
enum Spelling {
    /// The candidate that is at most two edits away, if there is one.
    static func nearest(to word: String, of candidates: [String]) -> String? {
        guard word.utf8.count <= 64 else { return nil }
        let scored = candidates.map { (word: $0, distance: distance(Array(word.utf8), Array($0.utf8))) }
        guard let best = scored.min(by: { $0.distance < $1.distance }), best.distance <= 2 else { return nil }
        return best.word
    }

    /// A word of the file as a message may show it: one line, not too long.
    static func shown(_ word: String) -> String {
        let clean = word.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : String(Character($0)) }
        let line = clean.joined()
        return line.count <= 80 ? line : line.prefix(80) + "…"
    }

    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let substitution = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
}
