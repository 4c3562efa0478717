import Foundation
import SagaKernel

/// A checked value of a setting.
enum SettingValue: Hashable, Sendable {
    case text(String)
    case integer(Int)
    case milliseconds(Int64)
    case boolean(Bool)
    case secret(Secret)
    case list([String])
    case address(HostPort)
}

/// Bytes that are not shown, wherever they are printed.
struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let bytes: [UInt8]

    var description: String { "(secret)" }
    var debugDescription: String { "(secret)" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// Where to listen, or whom to ask.
struct HostPort: Hashable, Sendable, CustomStringConvertible {
    /// A name, an IPv4 address, or an IPv6 address without brackets.
    var host: String
    /// 0 to 65535.
    var port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// `name:8080`, `127.0.0.1:8080` or `[::1]:8080`; nil for anything else.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, !host.contains(where: { $0.isWhitespace || $0 == "/" || $0 == "@" }) else { return nil }
        self.init(host: String(host), port: port)
    }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// A value as a source has it, before it is checked.
enum RawSetting: Hashable, Sendable {
    case text(String)
    case list([String])
}

extension Setting {
    /// Reads a value. The failure is a sentence without its subject, and never holds a secret.
    func read(_ raw: RawSetting) -> Result<SettingValue, SettingRefusal> {
        switch raw {
        case .list(let items):
            guard case .list = kind else { return .failure(SettingRefusal("is a list where one value is expected")) }
            return read(list: items)
        case .text(let text):
            let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
            guard !trimmed.isEmpty else { return .failure(SettingRefusal("is empty")) }
            return read(text: trimmed)
        }
    }

    private func read(text: String) -> Result<SettingValue, SettingRefusal> {
        switch kind {
        case .text, .path: .success(.text(text))
        case .topicPrefix: Setting.isTopicPrefix(text) ? .success(.text(text)) : refuse(text)
        case .choice(let values): values.contains(text) ? .success(.text(text)) : refuse(text)
        case .integer(let range, _):
            Int(text).flatMap { range.contains($0) ? .success(.integer($0)) : nil } ?? refuse(text)
        case .duration(let range): read(duration: text, range)
        case .boolean: ["true": true, "false": false][text].map { .success(.boolean($0)) } ?? refuse(text)
        case .secret(let minimum): read(secret: text, minimumBytes: minimum)
        case .list: read(list: text.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
        case .address: HostPort(text).map { .success(.address($0)) } ?? refuse(text)
        case .server: HostPort(text) != nil || Setting.isURL(text) ? .success(.text(text)) : refuse(text)
        case .url: Setting.isURL(text) ? .success(.text(text)) : refuse(text)
        }
    }

    private func refuse(_ text: String) -> Result<SettingValue, SettingRefusal> {
        .failure(SettingRefusal("\"\(text)\" is not \(expectation)"))
    }

    private func read(duration text: String, _ range: ClosedRange<Int64>) -> Result<SettingValue, SettingRefusal> {
        switch SettingDuration.read(text) {
        case .success(let milliseconds) where range.contains(milliseconds): .success(.milliseconds(milliseconds))
        case .success: refuse(text)
        case .failure(let refusal): .failure(SettingRefusal("\"\(text)\" \(refusal.message)"))
        }
    }

    private func read(secret text: String, minimumBytes: Int) -> Result<SettingValue, SettingRefusal> {
        guard let data = Data(base64Encoded: text) else {
            return .failure(SettingRefusal("is not base64; `openssl rand -base64 \(minimumBytes)` makes one"))
        }
        guard data.count >= minimumBytes else {
            return .failure(
                SettingRefusal(
                    "holds \(data.count) bytes, at least \(minimumBytes) are needed; "
                        + "`openssl rand -base64 \(minimumBytes)` makes one"))
        }
        return .success(.secret(Secret(bytes: Array(data))))
    }

    private func read(list items: [String]) -> Result<SettingValue, SettingRefusal> {
        let trimmed = items.map { $0.trimmingCharacters(in: .whitespaces) }
        guard !trimmed.isEmpty, !trimmed.contains("") else { return .failure(SettingRefusal("has an empty entry")) }
        guard Set(trimmed).count == trimmed.count else { return .failure(SettingRefusal("has an entry twice")) }
        return .success(.list(trimmed))
    }

    private static func isTopicPrefix(_ text: String) -> Bool {
        text.utf8.count <= 200
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    private static func isURL(_ text: String) -> Bool {
        guard let url = URLComponents(string: text), let scheme = url.scheme?.lowercased() else { return false }
        return ["http", "https"].contains(scheme) && url.host?.isEmpty == false && url.user == nil
            && url.query == nil && url.fragment == nil
    }
}

/// What is wrong with a value, as a sentence without its subject.
struct SettingRefusal: Error, Hashable, Sendable {
    let text: String

    init(_ text: String) { self.text = text }
}
