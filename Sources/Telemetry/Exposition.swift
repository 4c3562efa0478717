/// Text of Prometheus' exposition format, version 0.0.4, while it is being written.
public struct Exposition {
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    public private(set) var bytes: [UInt8] = []

    init() {
        bytes.reserveCapacity(16_384)
    }

    mutating func header(name: String, help: String, kind: MetricKind) {
        add("# HELP ")
        add(name)
        add(" ")
        for byte in help.utf8 {
            switch byte {
            case 0x5C: add("\\\\")
            case 0x0A: add("\\n")
            default: bytes.append(byte)
            }
        }
        add("\n# TYPE ")
        add(name)
        add(" ")
        add(kind.rawValue)
        add("\n")
    }

    /// - Parameter labels: `a="b",c="d"`, escaped already, or nothing.
    public mutating func sample(_ name: String, labels: String, value: Double) {
        add(name)
        if !labels.isEmpty {
            add("{")
            add(labels)
            add("}")
        }
        add(" ")
        add(Self.number(value))
        add("\n")
    }

    /// One range of a histogram.
    mutating func sample(_ name: String, labels: String, bound: Double, value: Double) {
        let separator = labels.isEmpty ? "" : ","
        sample(name, labels: "\(labels)\(separator)le=\"\(Self.number(bound))\"", value: value)
    }

    static func labels(_ names: [String], _ values: [String]) -> String {
        zip(names, values).map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",")
    }

    private static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else { return value }
        var result = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value) { return String(whole) }
        return value.description
    }

    private mutating func add(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }
}
