import Crypto
import SagaKernel

/// `Habeas-Signature: t=<unix seconds>,v1=<hexadecimal HMAC-SHA256 of "<t>.<body>">`, over the body's bytes as sent.
///
/// The time is under the signature, so that a message that somebody recorded is good for a few minutes only. Other
/// parts than `t` and `v1` are ignored, and `v1` may repeat: that leaves room for another scheme and for a change of
/// secrets.
enum WebhookSignature {
    static func header(body: [UInt8], secret: [UInt8], now: Timestamp) -> String {
        let seconds = now.milliseconds / 1_000
        return "t=\(seconds),v1=\(Hex.text(code(seconds: seconds, body: body, secret: secret)))"
    }

    /// - Parameter toleranceSeconds: how far the sender's clock may be off, in either direction.
    static func isValid(
        _ header: String, body: [UInt8], secret: [UInt8], now: Timestamp, toleranceSeconds: Int64
    ) -> Bool {
        var times: [Int64] = []
        var codes: [[UInt8]] = []
        for part in header.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
            guard pair.count == 2 else { continue }
            if pair[0] == "t", let seconds = Int64(pair[1]) { times.append(seconds) }
            if pair[0] == "v1", let code = Hex.bytes(pair[1].utf8) { codes.append(code) }
        }
        guard times.count == 1, let seconds = times.first else { return false }
        let (age, overflow) = (now.milliseconds / 1_000).subtractingReportingOverflow(seconds)
        guard !overflow, age.magnitude <= toleranceSeconds.magnitude else { return false }
        let key = SymmetricKey(data: secret)
        let signed = Array("\(seconds).".utf8) + body
        // Compares in a time that does not depend on where the difference is.
        return codes.contains { HMAC<SHA256>.isValidAuthenticationCode($0, authenticating: signed, using: key) }
    }

    private static func code(seconds: Int64, body: [UInt8], secret: [UInt8]) -> HMAC<SHA256>.MAC {
        var code = HMAC<SHA256>(key: SymmetricKey(data: secret))
        code.update(data: Array("\(seconds).".utf8))
        code.update(data: body)
        return code.finalize()
    }
}
