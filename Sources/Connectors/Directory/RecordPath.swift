/// Where in a record an owner's own field lies: a JSON Pointer (RFC 6901) in which `*` stands for every element or
/// member.
///
/// A string on the way that holds JSON, plain or in base64, is entered as if it stood there: IoT Hub writes bodies that
/// are not declared as JSON in base64.
struct RecordPath: Hashable, Sendable {
    private let steps: [[UInt8]]

    /// nil unless the text begins with `/` and uses `~` only as `~0` and `~1`.
    init?(_ text: String) {
        guard text.hasPrefix("/") else { return nil }
        var steps: [[UInt8]] = []
        for part in text.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let step = Self.unescaped(part) else { return nil }
            steps.append(step)
        }
        self.steps = steps
    }

    private static func unescaped(_ part: Substring.UTF8View) -> [UInt8]? {
        var step: [UInt8] = []
        var bytes = part.makeIterator()
        while let byte = bytes.next() {
            guard byte == UInt8(ascii: "~") else {
                step.append(byte)
                continue
            }
            switch bytes.next() {
            case UInt8(ascii: "0"): step.append(UInt8(ascii: "~"))
            case UInt8(ascii: "1"): step.append(UInt8(ascii: "/"))
            default: return nil
            }
        }
        return step
    }

    /// The strings and numbers at this path, as bytes.
    func values(in record: JSONValue) -> [[UInt8]] {
        var found = [record]
        for step in steps { found = found.flatMap { Self.children(of: $0, step) } }
        return found.compactMap { value in
            switch value {
            case .string(let bytes), .number(let bytes): bytes
            case .object, .array, .boolean, .null: nil
            }
        }
    }

    private static func children(of value: JSONValue, _ step: [UInt8]) -> [JSONValue] {
        let isWildcard = step == [UInt8(ascii: "*")]
        switch value {
        case .object(let members):
            return isWildcard ? members.map(\.value) : value.members(named: step)
        case .array(let elements):
            if isWildcard { return elements }
            guard let index = Int(String(decoding: step, as: UTF8.self)), elements.indices.contains(index) else {
                return []
            }
            return [elements[index]]
        case .string(let bytes):
            guard let inner = embedded(bytes) else { return [] }
            return children(of: inner, step)
        case .number, .boolean, .null:
            return []
        }
    }

    /// The object or array in a string. Not a string in a string: nothing writes that, and it could go on for ever.
    private static func embedded(_ bytes: [UInt8]) -> JSONValue? {
        let candidates = [JSONReader.read(bytes), LooseBase64.decoded(bytes).flatMap { JSONReader.read($0) }]
        for case .some(let candidate) in candidates {
            switch candidate {
            case .object, .array: return candidate
            case .string, .number, .boolean, .null: continue
            }
        }
        return nil
    }
}
