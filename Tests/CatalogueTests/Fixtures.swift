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

/// Deterministic choices for tests that make their own input (SplitMix64).
struct Choices: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// From the environment (`HABEAS_SEED`), or a new one; printed, so that a failing run can be repeated.
    static func seed(for test: String) -> UInt64 {
        let given = Environment.text("HABEAS_SEED").flatMap(UInt64.init)
        let seed = given ?? UInt64.random(in: 0...UInt64.max)
        print("\(test): HABEAS_SEED=\(seed)")
        return seed
    }
}

extension CatalogueReading {
    /// The faults as one text, for messages of failing tests.
    var report: String { faults.map(\.description).joined(separator: "\n") }
}
