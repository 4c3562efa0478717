import Contract

/// `W/"<term>.<version>-<timeline>"`: what has to stay the same for an answer about a request to stay the same.
///
/// Weak, because the answer also says how fresh it is. The timeline has its own part: an event that changes nothing,
/// such as an ignored acknowledgement, has to reach whoever watches all the same.
struct EntityTag {
    var text: String

    /// nil where the status says neither term nor version.
    init?(status: [UInt8], timeline: [UInt8]) {
        guard let (term, version) = Self.version(of: status) else { return nil }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in timeline { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        text = "W/\"\(term).\(version)-\(String(hash, radix: 36))\""
    }

    /// - Parameter fields: the values of `If-None-Match`.
    func matches(_ fields: [String]) -> Bool {
        let opaque = text.dropFirst(2)
        return fields.contains { field in
            field.split(separator: ",").contains { candidate in
                let candidate = candidate.trimmingBlanks
                return candidate == "*" || candidate == text || candidate == opaque
            }
        }
    }

    private static func version(of status: [UInt8]) -> (term: Int64, version: Int64)? {
        status.withUnsafeBytes { bytes in
            var cursor = JSONCursor(bytes)
            var term: Int64?
            var version: Int64?
            do {
                try cursor.beginObject()
                while term == nil || version == nil, let name = try cursor.nextName() {
                    switch name {
                    case "term": term = try cursor.int64()
                    case "version": version = try cursor.int64()
                    default: try cursor.skipValue()
                    }
                }
            } catch {
                // No tag then: the answer is sent whole, which is right whatever the bytes are.
                return nil
            }
            guard let term, let version else { return nil }
            return (term, version)
        }
    }
}

extension Substring {
    fileprivate var trimmingBlanks: Substring {
        var rest = self
        while let first = rest.first, first == " " || first == "\t" { rest = rest.dropFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest = rest.dropLast() }
        return rest
    }
}
