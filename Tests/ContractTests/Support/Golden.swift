import Contract
import Foundation
import FuzzKit
import SagaKernel

/// A recorded case: a record, and what reading it must come to.
///
/// Files lie in `Golden/<record type>/`. `record` has `headers` (pairs) and one of `value` (JSON), `text` (any text),
/// `base64` (any bytes) or `tombstone`. `expect` has `read` (what was read, written out again by `Rendering`) or
/// `refused` (the code) with the exact `message` and the `request_id` if one is expected.
struct Golden {
    var type: RecordType
    var name: String
    var wire: Wire
    var isJSONObject: Bool
    var expect: JSONTree

    static func all(_ type: RecordType) throws -> [Golden] {
        let folder = Fixture.root.appending(path: "Tests/ContractTests/Golden/\(type.rawValue)")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        return try files.filter { $0.hasSuffix(".json") }.map { file in
            let tree = try JSONTree(bytes: Array(try Data(contentsOf: folder.appending(path: file))))
            return try Golden(type, name: file, tree)
        }
    }

    static func all() throws -> [Golden] { try RecordType.allCases.flatMap { try all($0) } }

    private init(_ type: RecordType, name: String, _ tree: JSONTree) throws {
        guard let record = tree["record"], let expect = tree["expect"], tree["why"]?.text != nil else {
            throw NotJSON()
        }
        self.type = type
        self.name = "\(type.rawValue)/\(name)"
        self.expect = expect
        isJSONObject = record["value"]?.members != nil
        wire = try Wire(golden: record)
    }

    /// What reading the record came to, in the form of `expect`.
    static func outcome(of wire: Wire, as type: RecordType) throws -> JSONTree {
        try wire.read { value, headers in
            switch type {
            case .request:
                try Rendering.outcome(
                    try Fixture.requestReader().read(value: value, headers: headers, now: Fixture.now))
            case .ack: try Rendering.outcome(AcknowledgementReader().read(value: value, headers: headers))
            case .command: try Rendering.outcome(CommandReader().read(value: value, headers: headers))
            case .task: try Rendering.outcome(TaskReader().read(value: value, headers: headers))
            case .status: try Rendering.document(wire.value, StatusDocument.decode)
            case .timeline: try Rendering.document(wire.value, TimelineDocument.decode)
            }
        }
    }
}
