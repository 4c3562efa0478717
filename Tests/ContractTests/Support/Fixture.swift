import Contract
import Foundation
import FuzzKit
import SagaKernel

/// What the tests share: where files lie, a clock that stands, a key that everybody may know.
enum Fixture {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static func file(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: root.appending(path: path)))
    }

    static func tree(_ path: String) throws -> JSONTree { try JSONTree(bytes: try file(path)) }

    /// 2026-11-02T16:00:00Z
    static let now = Timestamp(milliseconds: 1_793_635_200_000)

    /// The bytes 0 to 31.
    static let keyText = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

    static func key() throws -> SubjectKey { try SubjectKey(base64: keyText) }

    static func requestReader(_ limits: RequestLimits = RequestLimits()) throws -> RequestReader {
        RequestReader(limits: limits, subjectKey: try key()) { hub in
            hub == "contoso.azure-devices.net" || hub == "fabrikam.azure-devices.net"
        }
    }

    static let id = RequestID(high: 0xa755_1968_d5d6_44b2, low: 0x9831_815a_c901_7798)
    static let idText = "a7551968-d5d6-44b2-9831-815ac9017798"
}
