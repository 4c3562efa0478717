internal import Crypto
public import SagaKernel

/// Why a text cannot be the deployment's subject key. Says nothing of the text itself.
public enum SubjectKeyFault: Error, Hashable, Sendable {
    case notBase64
    case tooShort(bytes: Int)

    /// What to do about it.
    public var message: String {
        switch self {
        case .notBase64:
            "subject_key is not padded base64; make one with: openssl rand -base64 32"
        case .tooShort(let bytes):
            "subject_key has \(bytes) bytes where at least \(SubjectKey.bytesMinimum) are needed; make one with: "
                + "openssl rand -base64 32"
        }
    }
}

/// The key under which the deployment names subjects where their identifiers must not appear (contract §5).
///
/// Exact bytes. An identity is its `identity_type`, one zero byte, its `identity_value`, all in UTF-8; the value of an
/// `iot_hub_device` has its hub in lower case, everything else is taken as it is. An identity's reference is the
/// HMAC-SHA256 of that. The reference of a request is the HMAC-SHA256 of its identities, each once, sorted by their
/// bytes and joined by one zero byte: for a single identity both are the same.
public struct SubjectKey: Sendable {
    public static let bytesMinimum = 32

    /// Has taken the key in already; each use begins from a copy, which saves hashing the key anew.
    private let keyed: HMAC<SHA256>

    /// - Parameter base64: at least 32 bytes in padded base64; white space around it (a file's last newline) is passed
    ///   over.
    public init(base64: String) throws(SubjectKeyFault) {
        let trimmed = base64.utf8.drop(while: Self.isSpace).reversed().drop(while: Self.isSpace).reversed()
        guard let bytes = Array(trimmed).withUnsafeBytes({ Base64.decode($0) }) else { throw .notBase64 }
        try self.init(bytes: bytes)
    }

    public init(bytes: [UInt8]) throws(SubjectKeyFault) {
        guard bytes.count >= Self.bytesMinimum else { throw .tooShort(bytes: bytes.count) }
        keyed = HMAC<SHA256>(key: SymmetricKey(data: bytes))
    }

    /// The reference of one identity. `value` of an `iot_hub_device` must be normalised.
    public func reference(type: String, value: String) -> SubjectRef {
        reference(IdentityBytes(type: type, value: value))
    }

    /// The reference of a list of identities, whatever their order.
    public func reference(of identities: [SubjectIdentity]) -> SubjectRef {
        reference(ofSorted: IdentityBytes.sorted(identities))
    }

    func reference(_ identity: IdentityBytes) -> SubjectRef {
        identity.bytes.withUnsafeBytes { digest($0) }
    }

    /// - Parameter identities: sorted, each once.
    func reference(ofSorted identities: [IdentityBytes]) -> SubjectRef {
        if identities.count == 1 { return reference(identities[0]) }
        var message: [UInt8] = []
        message.reserveCapacity(identities.reduce(0) { $0 + $1.bytes.count + 1 })
        for (index, identity) in identities.enumerated() {
            if index > 0 { message.append(0) }
            message.append(contentsOf: identity.bytes)
        }
        return message.withUnsafeBytes { digest($0) }
    }

    func fingerprint(_ message: [UInt8]) -> Fingerprint {
        let reference = message.withUnsafeBytes { digest($0) }
        return Fingerprint(high: reference.words.0, low: reference.words.1)
    }

    private func digest(_ message: UnsafeRawBufferPointer) -> SubjectRef {
        var mac = keyed
        mac.update(data: message)
        return mac.finalize().withUnsafeBytes { bytes in
            SubjectRef(word(bytes, 0), word(bytes, 1), word(bytes, 2), word(bytes, 3))
        }
    }

    /// Big-endian, so that the words' hexadecimal digits are the digest's.
    private func word(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> UInt64 {
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }
}

// A key must not reach a log by way of string interpolation or a dump.
extension SubjectKey: CustomStringConvertible, CustomReflectable {
    public var description: String { "SubjectKey" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
