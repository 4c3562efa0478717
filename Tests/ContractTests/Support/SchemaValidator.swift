import Contract
import FuzzKit

/// Checks a JSON tree against a JSON Schema of the subset that the project's schemas use. A keyword outside of it is a
/// fault of the schema, never passed over.
struct SchemaValidator {
    private let root: JSONTree

    init(_ schema: JSONTree) { root = schema }

    /// Every violation, with the path of the value.
    func violations(of value: JSONTree) -> [String] {
        var violations: [String] = []
        check(value, root, "$", &violations)
        return violations
    }

    private static let notes: Set<String> = [
        "$schema", "$id", "title", "description", "default", "examples", "$defs",
    ]

    private func check(_ value: JSONTree, _ schema: JSONTree, _ path: String, _ out: inout [String]) {
        guard let keywords = schema.members else { return out.append("\(path): the schema is not an object") }
        for (keyword, argument) in keywords where !Self.notes.contains(keyword) {
            switch keyword {
            case "$ref": checkReference(value, argument, path, &out)
            case "type": checkType(value, argument, path, &out)
            case "enum":
                if argument.elements?.contains(value) != true { out.append("\(path): none of the enum") }
            case "const": if argument != value { out.append("\(path): not the const") }
            case "required", "properties", "additionalProperties", "items", "contains":
                checkInside(value, keyword, argument, schema, path, &out)
            case "oneOf", "anyOf", "allOf": checkCombination(value, keyword, argument, path, &out)
            case "minItems", "minLength", "maxLength", "minimum": checkBound(value, keyword, argument, path, &out)
            case "format": checkFormat(value, argument, path, &out)
            default: out.append("\(path): the schema has the keyword \(keyword), which the validator lacks")
            }
        }
    }

    private func checkReference(_ value: JSONTree, _ reference: JSONTree, _ path: String, _ out: inout [String]) {
        guard let text = reference.text, text.hasPrefix("#/") else { return out.append("\(path): a foreign $ref") }
        var schema: JSONTree? = root
        for part in text.dropFirst(2).split(separator: "/") { schema = schema?[String(part)] }
        guard let schema else { return out.append("\(path): \(text) leads nowhere") }
        check(value, schema, path, &out)
    }

    private func checkType(_ value: JSONTree, _ argument: JSONTree, _ path: String, _ out: inout [String]) {
        let names = argument.elements?.compactMap(\.text) ?? argument.text.map { [$0] } ?? []
        let fits = names.contains { name in
            switch (name, value) {
            case ("object", .object), ("array", .array), ("string", .string), ("number", .number),
                ("boolean", .boolean), ("null", .null):
                true
            case ("integer", .number(let text)): Int64(text) != nil
            default: false
            }
        }
        if !fits { out.append("\(path): not of type \(names)") }
    }

    private func checkInside(
        _ value: JSONTree, _ keyword: String, _ argument: JSONTree, _ schema: JSONTree, _ path: String,
        _ out: inout [String]
    ) {
        switch (keyword, value) {
        case ("required", .object):
            for name in argument.elements?.compactMap(\.text) ?? [] where value[name] == nil {
                out.append("\(path): \(name) is missing")
            }
        case ("properties", .object(let members)):
            for (name, member) in members {
                if let inner = argument[name] { check(member, inner, "\(path).\(name)", &out) }
            }
        case ("additionalProperties", .object(let members)):
            for (name, member) in members where schema["properties"]?[name] == nil {
                check(member, argument, "\(path).\(name)", &out)
            }
        case ("items", .array(let elements)):
            for (index, element) in elements.enumerated() { check(element, argument, "\(path)[\(index)]", &out) }
        case ("contains", .array(let elements)):
            if !elements.contains(where: { fits($0, argument) }) { out.append("\(path): contains none that fits") }
        default: break
        }
    }

    private func checkCombination(
        _ value: JSONTree, _ keyword: String, _ argument: JSONTree, _ path: String, _ out: inout [String]
    ) {
        let schemas = argument.elements ?? []
        let fitting = schemas.filter { fits(value, $0) }.count
        let isRight = keyword == "oneOf" ? fitting == 1 : keyword == "anyOf" ? fitting > 0 : fitting == schemas.count
        if !isRight { out.append("\(path): fits \(fitting) of \(keyword)") }
    }

    private func fits(_ value: JSONTree, _ schema: JSONTree) -> Bool {
        var violations: [String] = []
        check(value, schema, "", &violations)
        return violations.isEmpty
    }

    private func checkBound(
        _ value: JSONTree, _ keyword: String, _ argument: JSONTree, _ path: String, _ out: inout [String]
    ) {
        guard case .number(let text) = argument, let bound = Int64(text) else {
            return out.append("\(path): \(keyword) is not a number")
        }
        let holds =
            switch (keyword, value) {
            case ("minItems", .array(let elements)): elements.count >= bound
            case ("minLength", .string(let text)): text.unicodeScalars.count >= bound
            case ("maxLength", .string(let text)): text.unicodeScalars.count <= bound
            case ("minimum", .number(let text)): Double(text).map { $0 >= Double(bound) } ?? false
            default: true
            }
        if !holds { out.append("\(path): breaks \(keyword) \(bound)") }
    }

    private func checkFormat(_ value: JSONTree, _ format: JSONTree, _ path: String, _ out: inout [String]) {
        guard let text = value.text else { return }
        let holds =
            switch format.text {
            case "date-time": text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/) != nil
            case "uuid":
                text.wholeMatch(of: /[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}/) != nil
            case "uri": text.wholeMatch(of: /[a-z][a-z0-9+.-]*:\S+/) != nil
            case "duration":
                text.wholeMatch(of: /P(\d+W|(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?)/) != nil && text.count > 2
            default: false
            }
        if !holds { out.append("\(path): not in the format \(format.text ?? "?")") }
    }
}
