internal import Yams

/// Turns the text of a file into nodes. The only place that knows the YAML library.
struct YAMLDocument {
    /// Aliases beyond this many are refused before the library sees them: it compares mapping keys by their whole
    /// content, so that a few dozen nested aliases would keep it busy for ever.
    private static let aliasesMax = 16
    /// Each repeated key costs one more pass over the file.
    private static let repeatedKeysMax = 50

    private let findings: Findings
    /// Keys that stand twice in their mapping: the place of the first and its name.
    private var repeated: [Place: String] = [:]

    private struct Place: Hashable {
        var line: Int
        var column: Int

        init(_ mark: Mark?) {
            line = mark?.line ?? 1
            column = mark?.column ?? 1
        }
    }

    private init(findings: Findings) {
        self.findings = findings
    }

    /// nil when the file is no YAML document at all; everything that can be said about it is then in `findings`.
    static func read(_ text: String, findings: Findings) -> YAMLNode? {
        var document = YAMLDocument(findings: findings)
        guard document.aliasesAreFew(text) else { return nil }
        return document.compose(text)
    }

    /// Reads until no key is repeated. The library stops at the first mapping with a repeated key, and its author wants
    /// to see all of them: the first of the two is replaced, at equal length, by a name that nobody writes, and the
    /// file is read again.
    private mutating func compose(_ text: String) -> YAMLNode? {
        var scalars = Array(text.unicodeScalars)
        while true {
            var yaml = String(String.UnicodeScalarView(scalars))
            yaml.makeContiguousUTF8()
            do {
                // Without rules the library leaves plain scalars alone, and the encoding is not taken from the
                // environment.
                let parser = try Parser(yaml: yaml, resolver: .basic, encoding: .utf8)
                // Nodes hold their anchors weakly: the parser must outlive the walk, or no anchor would be seen.
                return try withExtendedLifetime(parser) {
                    guard let root = try parser.singleRoot() else { return nil }
                    return convert(root, path: "")
                }
            } catch let YamlError.duplicatedKeysInMapping(names, context) {
                let place = Place(context.mark)
                guard let name = names.first, hide(name, at: place, in: &scalars) else {
                    findings.fault(
                        line: place.line, column: place.column, path: "", "a key of this mapping is given twice")
                    return nil
                }
            } catch {
                report(error, in: yaml)
                return nil
            }
        }
    }

    private mutating func hide(_ name: String, at place: Place, in scalars: inout [Unicode.Scalar]) -> Bool {
        guard repeated.count < YAMLDocument.repeatedKeysMax, let cover = Unicode.Scalar(0xE000 + repeated.count),
            var start = YAMLDocument.index(of: place, in: scalars)
        else { return false }
        if scalars[start] == "\"" || scalars[start] == "'" { start += 1 }
        let end = start + name.unicodeScalars.count
        guard end > start, end <= scalars.count, scalars[start..<end].elementsEqual(name.unicodeScalars) else {
            return false
        }
        for index in start..<end { scalars[index] = cover }
        repeated[place] = name
        return true
    }

    private static func index(of place: Place, in scalars: [Unicode.Scalar]) -> Int? {
        var line = 1
        var index = 0
        while line < place.line {
            guard let end = scalars[index...].firstIndex(of: "\n") else { return nil }
            index = end + 1
            line += 1
        }
        index += place.column - 1
        return index >= 0 && index < scalars.count ? index : nil
    }

    private func aliasesAreFew(_ text: String) -> Bool {
        var line = 1
        var previous: UInt8 = 0x0A
        var anchors = 0
        var aliases = 0
        let bytes = Array(text.utf8)
        for (index, byte) in bytes.enumerated() {
            defer { previous = byte }
            if byte == 0x0A { line += 1 }
            guard byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*") else { continue }
            guard " \t\r\n[{,-:?".utf8.contains(previous) else { continue }
            guard index + 1 < bytes.count, !" \t\r\n".utf8.contains(bytes[index + 1]) else { continue }
            if byte == UInt8(ascii: "&") { anchors += 1 } else { aliases += 1 }
            if anchors > 0, aliases > YAMLDocument.aliasesMax {
                findings.fault(line: line, column: 1, path: "", YAMLDocument.noAnchors)
                return false
            }
        }
        return true
    }

    private static let noAnchors = "anchors and aliases are not supported; write the value out at each place"
}

extension YAMLDocument {
    /// Recursion is safe: the library refuses documents that are nested deeper than a thousand levels.
    private func convert(_ node: Node, path: String) -> YAMLNode {
        let place = Place(node.mark)
        var converted = YAMLNode(line: place.line, column: place.column, content: .unusable)
        if node.anchor != nil {
            findings.fault(converted, path, YAMLDocument.noAnchors)
            return converted
        }
        switch node {
        case .scalar(let scalar):
            guard tagIsUsual(scalar.tag, converted, path) else { return converted }
            converted.content = content(of: scalar, converted, path)
        case .sequence(let sequence):
            guard tagIsUsual(sequence.tag, converted, path) else { return converted }
            converted.content = .sequence(
                sequence.enumerated().map { convert($1, path: "\(path)[\($0)]") })
        case .mapping(let mapping):
            guard tagIsUsual(mapping.tag, converted, path) else { return converted }
            converted.content = .mapping(entries(of: mapping, path: path))
        case .alias:
            findings.fault(converted, path, YAMLDocument.noAnchors)
        }
        return converted
    }

    private func tagIsUsual(_ tag: Tag, _ node: YAMLNode, _ path: String) -> Bool {
        let name = tag.rawValue
        let usual = [Tag.Name.implicit, .nonSpecific, .str, .seq, .map].map(\.rawValue)
        guard !usual.contains(name) else { return true }
        findings.fault(node, path, "tags such as !!int are not supported")
        return false
    }

    private func content(of scalar: Node.Scalar, _ node: YAMLNode, _ path: String) -> YAMLNode.Content {
        guard !isMarked(scalar, node.line, node.column, path) else { return .unusable }
        guard scalar.style == .plain, scalar.tag.rawValue == Tag.Name.implicit.rawValue else {
            return .scalar(.string(scalar.string))
        }
        switch YAMLScalar.resolve(plain: scalar.string) {
        case .value(let value): return .scalar(value)
        case .refused(let message):
            findings.fault(node, path, message)
            return .unusable
        }
    }

    /// The library drops one byte order mark at the beginning of a text, and would drop the next one when the text is
    /// written and read again.
    private func isMarked(_ scalar: Node.Scalar, _ line: Int, _ column: Int, _ path: String) -> Bool {
        guard scalar.string.unicodeScalars.first == "\u{FEFF}" else { return false }
        findings.fault(line: line, column: column, path: path, "a text begins with byte order marks; remove them")
        return true
    }

    private func entries(of mapping: Node.Mapping, path: String) -> [YAMLNode.Entry] {
        var entries: [YAMLNode.Entry] = []
        var hidden: [String: Place] = [:]
        for (key, value) in mapping {
            let place = Place(key.mark)
            guard case .scalar(let scalar) = key, key.anchor == nil else {
                findings.fault(line: place.line, column: place.column, path: path, "a key must be a plain name")
                continue
            }
            if isMarked(scalar, place.line, place.column, path) { continue }
            let name = repeated[place] ?? scalar.string
            let below = path.isEmpty ? name : "\(path).\(name)"
            if let first = hidden[name] {
                findings.fault(
                    line: place.line, column: place.column, path: below,
                    "the key is given again; it stands on line \(first.line) already")
            }
            guard repeated[place] == nil else {
                hidden[name] = hidden[name] ?? place
                continue
            }
            entries.append(
                YAMLNode.Entry(
                    key: scalar.string, line: place.line, column: place.column,
                    value: convert(value, path: below)))
        }
        return entries
    }

    private func report(_ error: any Error, in text: String) {
        guard let error = error as? YamlError else {
            findings.fault(line: 1, column: 1, path: "", "the file cannot be read as YAML")
            return
        }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _):
            findings.fault(line: mark.line, column: mark.column, path: "", "not YAML: \(problem)")
        case .composer(_, let problem, let mark, _):
            let message = problem.contains("alias") ? YAMLDocument.noAnchors : "not one YAML document: \(problem)"
            findings.fault(line: mark.line, column: mark.column, path: "", message)
        case .reader(let problem, let offset, _, _):
            let line = text.prefix(offset ?? 0).count { $0.isNewline } + 1
            findings.fault(line: line, column: 1, path: "", "not YAML: \(problem)")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded, .duplicatedKeysInMapping:
            findings.fault(line: 1, column: 1, path: "", "the file cannot be read as YAML")
        }
    }
}
