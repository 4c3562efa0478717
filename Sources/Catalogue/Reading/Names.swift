/// The forms of names that a catalogue may hold.
enum Names {
    static func isEndpointID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { isLowerOrDigit($0) || $0 == 0x2E || $0 == 0x2D }
    }

    /// What may follow the prefix in a topic's name.
    static func isConnector(_ text: String) -> Bool {
        (1...100).contains(text.utf8.count)
            && text.utf8.allSatisfy { isLetterOrDigit($0) || $0 == 0x2E || $0 == 0x2D || $0 == 0x5F }
    }

    /// Systems and reasons of disclosures.
    static func isWord(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { isLowerOrDigit($0) || $0 == 0x2E || $0 == 0x2D || $0 == 0x5F }
    }

    /// A host name of at least two labels, without scheme, port, path or device.
    static func isHubHost(_ text: String) -> Bool {
        let labels = text.utf8.split(separator: 0x2E, omittingEmptySubsequences: false)
        return text.utf8.count <= 253 && labels.count >= 2
            && labels.allSatisfy { label in
                (1...63).contains(label.count) && label.first != 0x2D && label.last != 0x2D
                    && label.allSatisfy { isLetterOrDigit($0) || $0 == 0x2D }
            }
    }

    /// An ARM resource id, loosely: a path below a subscription, on one line.
    static func isResourceID(_ text: String) -> Bool {
        text.utf8.count <= 2_048 && text.lowercased().hasPrefix("/subscriptions/") && isOneLine(text)
    }

    static func isOneLine(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && !$0.properties.isNewline }
    }

    private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        isLowerOrDigit(byte) || (0x41...0x5A).contains(byte)
    }
}

extension Unicode.Scalar.Properties {
    /// The separators that break a line outside ASCII.
    fileprivate var isNewline: Bool {
        generalCategory == .lineSeparator || generalCategory == .paragraphSeparator
    }
}
