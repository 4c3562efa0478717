import Foundation
import Yams

/// The file given with `--config`, read but not judged: its keys with their lines.
struct ConfigFile: Sendable {
    struct Entry: Hashable, Sendable {
        /// Nested mappings are flattened: `limits: {identities: 5}` is `limits.identities`.
        var key: String
        var value: RawSetting
        /// From 1.
        var line: Int
    }

    var path: String
    var entries: [Entry] = []

    /// The folder to which relative paths in the file are relative.
    var folder: String {
        URL(fileURLWithPath: path).deletingLastPathComponent().path
    }

    /// Reads a file; what is wrong with its form is added to `faults`.
    static func read(path: String, faults: inout [ConfigurationFault]) -> ConfigFile {
        var file = ConfigFile(path: path)
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            faults.append(
                ConfigurationFault(
                    origin: .file(path: path, line: nil), message: "cannot be read: \(FileProblem.text(error))"))
            return file
        }
        file.read(yaml: text, faults: &faults)
        return file
    }

    /// Reads YAML; what is wrong with its form is added to `faults`.
    mutating func read(yaml: String, faults: inout [ConfigurationFault]) {
        do {
            guard let root = try Yams.compose(yaml: yaml) else { return }
            guard case .mapping(let mapping) = root else {
                note("holds no settings: `key: value` lines are expected", line: root.mark?.line, &faults)
                return
            }
            flatten(mapping, prefix: "", faults: &faults)
        } catch let error as YamlError {
            note(yamlError: error, &faults)
        } catch {
            note("is not YAML", line: nil, &faults)
        }
    }

    private mutating func flatten(_ mapping: Node.Mapping, prefix: String, faults: inout [ConfigurationFault]) {
        for (keyNode, valueNode) in mapping {
            let line = keyNode.mark?.line ?? 0
            guard case .scalar(let keyScalar) = keyNode else {
                note("has a key that is no text", line: line, &faults)
                continue
            }
            let key = prefix + keyScalar.string
            switch valueNode {
            case .mapping(let inner):
                flatten(inner, prefix: key + ".", faults: &faults)
            case .scalar(let scalar):
                append(Entry(key: key, value: .text(scalar.string), line: line), &faults)
            case .sequence(let sequence):
                let items = sequence.compactMap(\.scalar?.string)
                guard items.count == sequence.count else {
                    note("\(key): is a list with entries that are no text", line: line, &faults)
                    continue
                }
                append(Entry(key: key, value: .list(items), line: line), &faults)
            case .alias:
                note("\(key): refers to an anchor; write the value out", line: line, &faults)
            }
        }
    }

    private mutating func append(_ entry: Entry, _ faults: inout [ConfigurationFault]) {
        if let first = entries.first(where: { $0.key == entry.key }) {
            note("\(entry.key): is given twice, first in line \(first.line)", line: entry.line, &faults)
        } else {
            entries.append(entry)
        }
    }

    /// libYAML's own description quotes the line, which may hold a secret: only the place and the problem are told.
    private func note(yamlError: YamlError, _ faults: inout [ConfigurationFault]) {
        switch yamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            note("is not YAML: \(problem)", line: mark.line, &faults)
        case .duplicatedKeysInMapping(_, let context):
            note("has a key twice in the mapping that begins here", line: context.mark.line, &faults)
        case .reader, .dataCouldNotBeDecoded:
            note("is not YAML: it is not UTF-8 text", line: nil, &faults)
        case .no, .memory, .writer, .emitter, .representer:
            note("is not YAML", line: nil, &faults)
        }
    }

    private func note(_ message: String, line: Int?, _ faults: inout [ConfigurationFault]) {
        faults.append(ConfigurationFault(origin: .file(path: path, line: line), message: message))
    }
}

/// Why a file could not be read or written, for people.
enum FileProblem {
    static func text(_ error: any Error) -> String {
        guard let cocoa = error as? CocoaError else { return "\(type(of: error))" }
        switch cocoa.code {
        case .fileReadNoSuchFile, .fileNoSuchFile: return "there is no such file"
        case .fileReadNoPermission, .fileWriteNoPermission: return "no permission"
        case .fileReadInapplicableStringEncoding, .fileReadUnknownStringEncoding: return "it is not UTF-8 text"
        case .fileWriteFileExists: return "it exists already"
        default: return cocoa.localizedDescription
        }
    }
}
