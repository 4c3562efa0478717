import SagaKernel

extension RecordCursor {
    /// An object of strings, numbers and booleans, as named texts in the order of the record. Nulls are passed over.
    mutating func evidence(maximum: Int, stringBytes: Int) throws(Refusal) -> [Evidence] {
        var evidence: [Evidence] = []
        let outer = enter("evidence")
        try beginObject()
        while let name = try nextName() {
            guard let value = try scalar(stringBytes) else { continue }
            guard evidence.count < maximum else { throw refusal(.tooLarge, "has more entries than the limit") }
            guard name.withUTF8({ $0.count }) <= stringBytes else { throw refusal(.tooLarge, "has too long a name") }
            let text = name.string
            guard !evidence.contains(where: { $0.name == text }) else {
                throw refusal(.malformed, "gives a name twice")
            }
            evidence.append(Evidence(name: text, value: value))
        }
        leave(to: outer)
        return evidence
    }

    /// A number is kept as it is written: what a worker counted must not change on the way.
    private mutating func scalar(_ stringBytes: Int) throws(Refusal) -> String? {
        switch try kind() {
        case .string: return try string(bytesMaximum: stringBytes)
        case .number:
            let text = try rawText()
            guard text.count <= stringBytes else { throw refusal(.tooLarge, "has too long a number") }
            return String(decoding: text, as: UTF8.self)
        case .boolean: return try bool() ? "true" : "false"
        case .null:
            try skipValue()
            return nil
        case .object, .array: throw refusal(.malformed, "may hold strings, numbers and booleans only")
        }
    }
}
