internal import Crypto
import SagaKernel

/// The first 16 bytes of SHA-256 over one hub's endpoints and disclosures.
///
/// Every field is written with its length in front, so that no two plans share an encoding. Running sagas refer to
/// plans by this value: a change of the encoding makes every running plan look outdated once, so it carries a version.
enum PlanFingerprint {
    private static let version = "habeas.plan.1"

    static func of(host: String, endpoints: [Endpoint], disclosures: [Disclosure]) -> Fingerprint {
        var encoder = Encoder()
        encoder.add(version)
        encoder.add(host)
        encoder.add(Int64(endpoints.count))
        for endpoint in endpoints { encoder.add(endpoint) }
        encoder.add(Int64(disclosures.count))
        for disclosure in disclosures {
            encoder.add(disclosure.system)
            encoder.add(disclosure.reason)
        }
        let digest = Array(SHA256.hash(data: encoder.bytes))
        return Fingerprint(high: word(digest[0..<8]), low: word(digest[8..<16]))
    }

    private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    private struct Encoder {
        var bytes: [UInt8] = []

        mutating func add(_ number: Int64) {
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: number >> Int64(shift)))
            }
        }

        mutating func add(_ text: String) {
            add(Int64(text.utf8.count))
            bytes.append(contentsOf: text.utf8)
        }

        mutating func add(_ numbers: [Int64]) {
            add(Int64(numbers.count))
            for number in numbers { add(number) }
        }

        mutating func add(_ endpoint: Endpoint) {
            add(endpoint.id)
            add(endpoint.kind)
            add(endpoint.connector)
            // An absent resource id and an empty one differ.
            add(endpoint.resourceID == nil ? 0 : 1)
            add(endpoint.resourceID ?? "")
            add(Int64(endpoint.stage.rawValue))
            add(Int64(endpoint.actions.count))
            for action in endpoint.actions { add(action.rawValue) }
            add([endpoint.settleMs, endpoint.ackTimeoutMs, endpoint.worstCaseMs, Int64(endpoint.maxAttempts)])
            add([endpoint.backoff.initialMs, endpoint.backoff.maximumMs])
            add(endpoint.reverifyMs)
            add(endpoint.settingsJSON)
            add(endpoint.awaitsOwner ? 1 : 0)
        }
    }
}
