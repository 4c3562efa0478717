/// A YAML document after everything that a catalogue does not allow was taken out: anchors, tags, keys that are not
/// text. Each node knows where it stands.
struct YAMLNode: Sendable {
    struct Entry: Sendable {
        var key: String
        var line: Int
        var column: Int
        var value: YAMLNode
    }

    enum Content: Sendable {
        /// A null, a truth value, a number or a text, told apart by YAML 1.2's core schema.
        case scalar(JSONValue)
        case sequence([YAMLNode])
        case mapping([Entry])
        /// A fault about this node was reported; whoever meets it says nothing more.
        case unusable
    }

    var line: Int
    var column: Int
    var content: Content

    var typeName: String {
        switch content {
        case .scalar(let value): value.typeName
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .unusable: "unusable"
        }
    }
}

/// Gathers what is wrong with one file while it is read.
final class Findings {
    private(set) var faults: [CatalogueFault] = []
    private(set) var warnings: [CatalogueFault] = []

    func fault(line: Int, column: Int, path: String, _ message: String) {
        faults.append(CatalogueFault(line: line, column: column, path: path, message: message))
    }

    func fault(_ node: YAMLNode, _ path: String, _ message: String) {
        fault(line: node.line, column: node.column, path: path, message)
    }

    func warn(_ node: YAMLNode, _ path: String, _ message: String) {
        warnings.append(CatalogueFault(line: node.line, column: node.column, path: path, message: message))
    }

    /// In the order of the file, each place and message once: the nodes behind an alias stand where its anchor stands.
    static func sorted(_ found: [CatalogueFault]) -> [CatalogueFault] {
        var seen: Set<CatalogueFault> = []
        let once = found.filter { fault in
            var place = fault
            place.path = ""
            return seen.insert(place).inserted
        }
        return once.enumerated().sorted { left, right in
            (left.element.line, left.element.column, left.offset) < (
                right.element.line, right.element.column, right.offset
            )
        }.map(\.element)
    }
}
