/// The parts of an address that decide whether it may be called. Strict about its characters, so that no other reader
/// of the same text can see another host in it.
struct WebAddress: Hashable, Sendable {
    enum Scheme: String, Sendable {
        case http, https
    }

    let text: String
    let scheme: Scheme
    /// Without brackets, lower case.
    let host: String

    /// nil for anything but `http(s)://host[:port][/path][?query]`. User names and fragments are refused: the first are
    /// secrets in the wrong place, the second never reach a server.
    init?(_ text: String) {
        guard text.utf8.allSatisfy(Self.isAddressByte) else { return nil }
        let lowered = text.lowercased()
        guard let scheme = [Scheme.https, .http].first(where: { lowered.hasPrefix("\($0.rawValue)://") }) else {
            return nil
        }
        let rest = lowered.dropFirst(scheme.rawValue.count + 3)
        guard let host = Self.host(rest.prefix { $0 != "/" && $0 != "?" }) else { return nil }
        self.text = text
        self.scheme = scheme
        self.host = host
    }

    /// True for addresses that do not leave this machine.
    var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && !Array("\"#<>@\\^`{|}".utf8).contains(byte)
    }

    private static func host(_ authority: Substring) -> String? {
        var name = authority
        var port: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            name = authority[authority.index(after: authority.startIndex)..<end]
            let rest = authority[authority.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            port = rest.isEmpty ? nil : rest.dropFirst()
            guard !name.isEmpty, name.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else { return nil }
        } else {
            if let colon = authority.firstIndex(of: ":") {
                name = authority[..<colon]
                port = authority[authority.index(after: colon)...]
            }
            guard !name.isEmpty, name.utf8.allSatisfy(isHostByte) else { return nil }
        }
        if let port { guard let number = UInt16(port), number > 0 else { return nil } }
        return String(name)
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }
}
