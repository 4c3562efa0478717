import Catalogue
import Foundation
import SagaKernel
import Testing

/// Files of the repository that tests read.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: root.appendingPathComponent(path)))
    }

    static func text(_ path: String) throws -> String {
        String(decoding: try bytes(path), as: UTF8.self)
    }

    static func document(_ name: String) throws -> ARMImport.Document {
        ARMImport.Document(name: name, bytes: try bytes("config/examples/arm/\(name)"))
    }

    static func exampleImport() throws -> ARMReading {
        ARMImport().read(
            hubs: [try document("hub.json")], eventSubscriptions: [try document("event-subscriptions.json")],
            diagnosticSettings: [try document("diagnostic-settings.json")])
    }
}

/// What a run of the tests is told from outside.
enum Environment {
    static func text(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }
    static func integer(_ name: String) -> Int? { text(name).flatMap { Int($0) } }
}

extension CatalogueReading {
    /// The faults as one text, for messages of failing tests.
    var report: String { faults.map(\.description).joined(separator: "\n") }
}
