import Foundation

/// A failing input as a file: what `--replay` reads.
package struct FuzzFile: Codable, Sendable {
    package struct Header: Codable, Sendable {
        var name: String
        /// Base64; nil is a header without a value.
        var value: String?
    }

    package var reader: String
    package var seed: UInt64
    package var index: Int
    package var faults: [String]
    package var headers: [Header]
    /// Base64; nil is a tombstone.
    package var value: String?

    package init(reader: String, seed: UInt64, index: Int, faults: [String], input: Wire) {
        self.reader = reader
        self.seed = seed
        self.index = index
        self.faults = faults
        headers = input.headers.map { Header(name: $0.name, value: $0.value.map { Data($0).base64EncodedString() }) }
        value = input.value.map { Data($0).base64EncodedString() }
    }

    package var input: Wire {
        func bytes(_ text: String) -> [UInt8] { Data(base64Encoded: text).map { Array($0) } ?? [] }
        var wire = Wire(bytes: value.map(bytes))
        wire.headers = headers.map { ($0.name, $0.value.map(bytes)) }
        return wire
    }

    package static func read(_ path: String) throws -> FuzzFile {
        try JSONDecoder().decode(FuzzFile.self, from: Data(contentsOf: URL(filePath: path)))
    }

    package func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(self).write(to: URL(filePath: path))
    }
}
