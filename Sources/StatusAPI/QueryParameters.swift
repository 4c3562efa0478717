import Contract
import Hummingbird
import SagaKernel

/// The query of a request, taken apart strictly: what is not understood is refused, so that a misspelt condition never
/// looks like an answer. Collects every fault before it gives up.
struct QueryParameters {
    private var values: [String: String] = [:]
    private var faults: [String] = []

    /// - Parameter known: the names that the address takes. An empty value counts as not given.
    init(_ request: Request, known: [String]) throws(Problem) {
        let pairs = (request.uri.query ?? "").split(separator: "&", omittingEmptySubsequences: true)
        var seen: Set<String> = []
        for pair in pairs {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decoded(halves[0]), known.contains(name) else {
                let names = known.isEmpty ? "none" : known.joined(separator: ", ")
                faults.append("There is a parameter that this address does not know; it knows: \(names).")
                continue
            }
            guard seen.insert(name).inserted else {
                faults.append("\(name) is given more than once.")
                continue
            }
            guard halves.count == 2, !halves[1].isEmpty else { continue }
            guard let value = PercentEncoding.decoded(halves[1]) else {
                faults.append("\(name) is not percent-encoded UTF-8.")
                continue
            }
            values[name] = value
        }
        if known.isEmpty { try finish() }
    }

    func finish() throws(Problem) {
        guard faults.isEmpty else { throw .invalidQuery(faults) }
    }

    mutating func choice(_ name: String, of choices: [String]) -> String? {
        guard let value = values[name] else { return nil }
        if !choices.contains(value) { faults.append("\(name) must be one of: \(choices.joined(separator: ", ")).") }
        return value
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = values[name] else { return nil }
        let isNumber = value.utf8.count <= 9 && value.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isNumber, let number = Int(value), range.contains(number) else {
            faults.append("\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound).")
            return nil
        }
        return number
    }

    mutating func time(_ name: String) -> Int64? {
        guard let value = values[name] else { return nil }
        // A plus sign that was not escaped arrives as itself; a form would have made it a space.
        guard let time = TimeText.parse(value.replacing(" ", with: "+")) else {
            faults.append("\(name) must be a time like 2026-11-02T15:00:00Z.")
            return nil
        }
        return time.milliseconds
    }

    mutating func endpointID(_ name: String) -> String? {
        guard let value = values[name] else { return nil }
        let isID =
            value.utf8.count <= 64
            && value.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x2E
            }
        if !isID { faults.append("\(name) must be 1 to 64 of: a-z, 0-9, dot, hyphen.") }
        return value
    }

    mutating func subjectRef(_ name: String) -> String? {
        guard let value = values[name] else { return nil }
        let prefix = "hmac-sha256:"
        let digits = value.utf8.dropFirst(prefix.utf8.count)
        let isRef =
            value.hasPrefix(prefix) && digits.count == 64
            && digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        if !isRef { faults.append("\(name) must be \(prefix) and 64 hexadecimal digits in lower case.") }
        return value
    }

    mutating func opaque(_ name: String) -> String? { values[name] }
}
