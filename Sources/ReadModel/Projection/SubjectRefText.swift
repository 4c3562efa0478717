import SagaKernel

/// `hmac-sha256:` and 64 hexadecimal digits, as 32 bytes.
enum SubjectRefText {
    static let byteCount = 32
    private static let prefix = Array("hmac-sha256:".utf8)

    /// nil for any other form.
    static func bytes(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        var index = 0
        var high: UInt8 = 0
        for byte in text {
            if index < prefix.count {
                guard byte == prefix[index] else { return nil }
            } else {
                guard bytes.count < byteCount, let digit = Hexadecimal.value(byte) else { return nil }
                if (index - prefix.count) % 2 == 0 { high = digit << 4 } else { bytes.append(high | digit) }
            }
            index += 1
        }
        return index == prefix.count + 2 * byteCount ? bytes : nil
    }

    /// Whether `list`, references one behind the other, holds `ref`.
    static func contains(_ list: [UInt8], _ ref: [UInt8]) -> Bool {
        stride(from: 0, to: list.count, by: byteCount).contains { list[$0..<$0 + byteCount].elementsEqual(ref) }
    }
}
