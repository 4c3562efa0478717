/// One document of the import, or one resource in it, with the place where it stands.
struct ARMBody {
    let document: String
    let path: String
    let value: JSONValue

    private init(document: String, path: String, value: JSONValue) {
        self.document = document
        self.path = path
        self.value = value
    }

    /// nil when the document is no JSON object, or an error answer; that is then a fault.
    init?(_ document: ARMImport.Document, draft: Draft) {
        do {
            let value = try JSONParser.parse(document.bytes)
            self.init(document: document.name, path: "", value: value)
        } catch {
            draft.fault(document.name, "\(error.line):\(error.column)", error.message)
            return nil
        }
        if let error = value.member("error") {
            let code = error.member("code")?.string.map { " (\(Spelling.shown($0)))" } ?? ""
            draft.fault(document.name, "error", "this is an error answer\(code), not a resource")
            return nil
        }
    }

    /// The resources of all lists. A list whose last page was not given is a fault: what stands on it would be left
    /// out.
    static func list(_ documents: [ARMImport.Document], draft: Draft) -> [ARMBody] {
        var resources: [ARMBody] = []
        var continued: [ARMBody] = []
        var ended = 0
        for document in documents {
            guard let body = ARMBody(document, draft: draft) else { continue }
            guard let values = body.value.array ?? body.value.member("value")?.array else {
                draft.fault(document.name, "value", "a list of resources is expected, as the REST interface answers it")
                continue
            }
            if body.value.member("nextLink")?.string?.isEmpty == false { continued.append(body) } else { ended += 1 }
            for (index, value) in values.enumerated() {
                let resource = ARMBody(document: document.name, path: "value[\(index)]", value: value)
                guard value.object != nil, value.member("properties")?.object != nil else {
                    draft.fault(
                        document.name, resource.path,
                        "has no `properties`; give the answer of the REST interface itself")
                    continue
                }
                resources.append(resource)
            }
        }
        for body in continued {
            let message = "the list is incomplete: it has a nextLink, whose answer has to be given as one more document"
            if ended == 0 {
                draft.fault(body.document, "nextLink", message)
            } else {
                draft.warn(body.document, "nextLink", message + " (if it was, this is settled)")
            }
        }
        return resources
    }

    func child(_ path: String, _ value: JSONValue) -> ARMBody {
        ARMBody(document: document, path: self.path.isEmpty ? path : "\(self.path).\(path)", value: value)
    }

    subscript(_ names: String...) -> JSONValue? {
        var value: JSONValue? = value
        for name in names { value = value?.member(name) }
        return value
    }

    /// A text that is there and says something.
    func text(_ names: String...) -> String? {
        var value: JSONValue? = value
        for name in names { value = value?.member(name) }
        return value?.text
    }
}

extension JSONValue {
    /// A member by its name; ARM keeps the case of names within one version, but not across versions.
    func member(_ name: String) -> JSONValue? {
        guard let members = object else { return nil }
        if let value = members[name] { return value }
        let lower = name.lowercased()
        guard let key = JSONValue.sortedNames(members).first(where: { $0.lowercased() == lower }) else { return nil }
        return members[key]
    }

    /// A text that is neither empty nor a mask of asterisks.
    var text: String? {
        guard let text = string, !text.isEmpty, !text.allSatisfy({ $0 == "*" }) else { return nil }
        return text
    }

    var isNull: Bool { self == .null }

    /// Without byte order marks at the beginning of texts: Azure's names have none, and a catalogue cannot hold them,
    /// since the YAML library drops them.
    var withoutMarks: JSONValue {
        switch self {
        case .null, .bool, .number: self
        case .string(let text): .string(String(String.UnicodeScalarView(text.unicodeScalars.drop { $0 == "\u{FEFF}" })))
        case .array(let values): .array(values.map(\.withoutMarks))
        case .object(let members): .object(members.mapValues(\.withoutMarks))
        }
    }
}
