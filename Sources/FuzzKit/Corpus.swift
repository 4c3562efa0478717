import Contract
import Foundation
package import SagaKernel

/// Where inputs begin: records that our own writers make, the recorded cases, and the files of the repository.
package enum Corpus {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    package static let hub = "contoso.azure-devices.net"
    package static let idText = "a7551968-d5d6-44b2-9831-815ac9017798"
    package static let id = RequestID(high: 0xa755_1968_d5d6_44b2, low: 0x9831_815a_c901_7798)
    /// 2026-11-02T16:00:00Z
    package static let now = Timestamp(milliseconds: 1_793_635_200_000)
    static let key = Array(UInt8(0)..<32)

    static func file(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: root.appending(path: path))) }

    static func wire(_ text: String) -> Wire { Wire(bytes: Array(text.utf8)) }

    /// The recorded cases of a type, and those of them that are taken.
    static func golden(_ type: RecordType) throws -> (all: [Wire], right: [Wire]) {
        let folder = root.appending(path: "Tests/ContractTests/Golden/\(type.rawValue)")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        var all: [Wire] = []
        var right: [Wire] = []
        for file in files where file.hasSuffix(".json") {
            let tree = try JSONTree(bytes: Array(try Data(contentsOf: folder.appending(path: file))))
            guard let record = tree["record"] else { throw NotJSON() }
            let wire = try Wire(golden: record)
            all.append(wire)
            if tree["expect"]?["read"] != nil { right.append(wire) }
        }
        return (all, right)
    }
}

extension Wire {
    /// - Parameter record: `headers` (pairs) and one of `value` (JSON), `text` (any text), `base64` (any bytes) or
    ///   `tombstone`.
    package init(golden record: JSONTree) throws {
        let headers = (record["headers"]?.elements ?? []).compactMap { pair -> (String, String)? in
            guard let name = pair.elements?.first?.text, let value = pair.elements?.last?.text else { return nil }
            return (name, value)
        }
        if let value = record["value"] {
            self.init(value.json, headers: headers)
        } else if let text = record["text"]?.text {
            self.init(text, headers: headers)
        } else if let base64 = record["base64"]?.text {
            self.init(bytes: Data(base64Encoded: base64).map { Array($0) }, headers: headers)
        } else if record["tombstone"] == .boolean(true) {
            self.init(bytes: nil, headers: headers)
        } else {
            throw NotJSON()
        }
    }
}
