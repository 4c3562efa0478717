/// JSON as a tree, read by a second parser that shares no code with the product's: what both say of the same bytes must
/// agree.
package indirect enum JSONTree: Sendable {
    case object([(name: String, value: JSONTree)])
    case array([JSONTree])
    case string(String)
    /// As written.
    case number(String)
    case boolean(Bool)
    case null

    package subscript(name: String) -> JSONTree? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    package var elements: [JSONTree]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    package var members: [(name: String, value: JSONTree)]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    package var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The text again, in one line.
    package var json: String {
        switch self {
        case .object(let members):
            "{" + members.map { "\(Self.quoted($0.name)):\($0.value.json)" }.joined(separator: ",") + "}"
        case .array(let elements): "[" + elements.map(\.json).joined(separator: ",") + "]"
        case .string(let text): Self.quoted(text)
        case .number(let text): text
        case .boolean(let value): value ? "true" : "false"
        case .null: "null"
        }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\u{00}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

extension JSONTree: Equatable {
    /// Members may come in any order.
    package static func == (left: JSONTree, right: JSONTree) -> Bool {
        switch (left, right) {
        case (.object(let left), .object(let right)):
            left.count == right.count
                && left.allSatisfy { member in right.contains { $0.name == member.name && $0.value == member.value } }
        case (.array(let left), .array(let right)): left == right
        case (.string(let left), .string(let right)): left.unicodeScalars.elementsEqual(right.unicodeScalars)
        case (.number(let left), .number(let right)): left == right
        case (.boolean(let left), .boolean(let right)): left == right
        case (.null, .null): true
        default: false
        }
    }
}

package struct NotJSON: Error {
    package init() {}
}

extension JSONTree {
    package init(_ text: String) throws { try self.init(bytes: Array(text.utf8)) }

    package init(bytes: [UInt8]) throws {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw NotJSON() }
        var parser = Parser(rest: text.unicodeScalars[...])
        self = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.rest.isEmpty else { throw NotJSON() }
    }

    private struct Parser {
        var rest: Substring.UnicodeScalarView

        mutating func skipSpace() {
            while let next = rest.first, next == " " || next == "\n" || next == "\r" || next == "\t" {
                rest.removeFirst()
            }
        }

        mutating func take(_ scalar: Unicode.Scalar) -> Bool {
            guard rest.first == scalar else { return false }
            rest.removeFirst()
            return true
        }

        mutating func value(depth: Int) throws -> JSONTree {
            skipSpace()
            guard let first = rest.first else { throw NotJSON() }
            switch first {
            case "{": return .object(try members(depth: depth + 1))
            case "[": return .array(try elements(depth: depth + 1))
            case "\"": return .string(try string())
            case "t": return try word("true", .boolean(true))
            case "f": return try word("false", .boolean(false))
            case "n": return try word("null", .null)
            default: return .number(try number())
            }
        }

        mutating func members(depth: Int) throws -> [(name: String, value: JSONTree)] {
            guard depth <= 64, take("{") else { throw NotJSON() }
            var members: [(name: String, value: JSONTree)] = []
            skipSpace()
            if take("}") { return members }
            repeat {
                skipSpace()
                let name = try string()
                skipSpace()
                guard take(":") else { throw NotJSON() }
                members.append((name, try value(depth: depth)))
                skipSpace()
            } while take(",")
            guard take("}") else { throw NotJSON() }
            return members
        }

        mutating func elements(depth: Int) throws -> [JSONTree] {
            guard depth <= 64, take("[") else { throw NotJSON() }
            var elements: [JSONTree] = []
            skipSpace()
            if take("]") { return elements }
            repeat {
                elements.append(try value(depth: depth))
                skipSpace()
            } while take(",")
            guard take("]") else { throw NotJSON() }
            return elements
        }

        mutating func word(_ word: String, _ value: JSONTree) throws -> JSONTree {
            for scalar in word.unicodeScalars { guard take(scalar) else { throw NotJSON() } }
            return value
        }

        mutating func number() throws -> String {
            var text = ""
            func isDigit(_ scalar: Unicode.Scalar?) -> Bool { scalar.map { ("0"..."9").contains($0) } ?? false }
            func digits() throws {
                guard isDigit(rest.first) else { throw NotJSON() }
                while isDigit(rest.first) { text.unicodeScalars.append(rest.removeFirst()) }
            }
            if take("-") { text += "-" }
            if take("0") { text += "0" } else { try digits() }
            if take(".") {
                text += "."
                try digits()
            }
            if rest.first == "e" || rest.first == "E" {
                text.unicodeScalars.append(rest.removeFirst())
                if rest.first == "+" || rest.first == "-" { text.unicodeScalars.append(rest.removeFirst()) }
                try digits()
            }
            return text
        }

        mutating func string() throws -> String {
            guard take("\"") else { throw NotJSON() }
            var text = String.UnicodeScalarView()
            while let scalar = rest.popFirst() {
                switch scalar {
                case "\"": return String(text)
                case "\\": text.append(try escape())
                case "\u{00}"..<"\u{20}": throw NotJSON()
                default: text.append(scalar)
                }
            }
            throw NotJSON()
        }

        mutating func escape() throws -> Unicode.Scalar {
            switch rest.popFirst() {
            case "\"": return "\""
            case "\\": return "\\"
            case "/": return "/"
            case "b": return "\u{08}"
            case "f": return "\u{0C}"
            case "n": return "\n"
            case "r": return "\r"
            case "t": return "\t"
            case "u": break
            default: throw NotJSON()
            }
            let unit = try unit()
            if let scalar = Unicode.Scalar(unit) { return scalar }
            guard unit < 0xDC00, take("\\"), take("u") else { throw NotJSON() }
            let low = try self.unit()
            guard (0xDC00...0xDFFF).contains(low),
                let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) * 0x400 + (low - 0xDC00))
            else { throw NotJSON() }
            return scalar
        }

        mutating func unit() throws -> UInt32 {
            var value: UInt32 = 0
            for _ in 0..<4 {
                guard let scalar = rest.popFirst(), scalar.isASCII,
                    let digit = Character(scalar).hexDigitValue
                else { throw NotJSON() }
                value = value * 16 + UInt32(digit)
            }
            return value
        }
    }
}
