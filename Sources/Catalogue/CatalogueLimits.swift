/// How large a catalogue and its parts may be. Every limit is checked when a file is read.
public struct CatalogueLimits: Hashable, Sendable {
    public var fileBytes = 4 * 1_024 * 1_024
    public var endpointsPerHub = 64
    /// Of one endpoint, as compact JSON; they travel in every task.
    public var settingsBytes = 16 * 1_024
    public var settingsDepth = 32
    public var reverifications = 16
    public var attempts = 1_000
    /// Twelve years, the longest retention that a log table can have; nothing that is waited for takes longer.
    public var longestDurationMs: Int64 = 4_383 * 86_400_000
    public var shortestAckTimeoutMs: Int64 = 1_000
    public var longestAckTimeoutMs: Int64 = 7 * 86_400_000
    public var shortestBackoffMs: Int64 = 100
    public var longestBackoffMs: Int64 = 30 * 86_400_000

    public init() {}
}

/// Something in a catalogue file that is wrong, or that its author should look at.
public struct CatalogueFault: Error, Hashable, Sendable {
    /// Counted from 1.
    public var line: Int
    /// Counted from 1.
    public var column: Int
    /// Where in the document: `hubs[0].endpoints[3].settle`; empty for the file as a whole.
    public var path: String
    /// What is wrong and what to write instead.
    public var message: String

    public init(line: Int, column: Int, path: String, message: String) {
        self.line = line
        self.column = column
        self.path = path
        self.message = message
    }
}

extension CatalogueFault: CustomStringConvertible {
    /// `12:9: hubs[0].endpoints[3].settle: …`, which editors can jump to when a file name stands in front.
    public var description: String {
        path.isEmpty ? "\(line):\(column): \(message)" : "\(line):\(column): \(path): \(message)"
    }
}

/// What reading a catalogue file came to.
public struct CatalogueReading: Hashable, Sendable {
    /// nil as soon as there is one fault.
    public var catalogue: Catalogue?
    /// In the order of the file.
    public var faults: [CatalogueFault]
    /// In the order of the file. None of them keeps the catalogue from being used.
    public var warnings: [CatalogueFault]
}
