public import SagaKernel

/// How new a status is: readers keep the highest (contract §5).
public struct StatusRank: Hashable, Comparable, Sendable {
    /// Rises when a partition changes hands.
    public var term: Int64
    /// Rises with every change of the body.
    public var version: Int64

    public init(term: Int64, version: Int64) {
        self.term = term
        self.version = version
    }

    public static func < (left: StatusRank, right: StatusRank) -> Bool {
        (left.term, left.version) < (right.term, right.version)
    }
}

/// The few fields of a status that decide what to do with the rest, read without decoding it.
public struct StatusHead: Hashable, Sendable {
    public var requestID: RequestID
    public var rank: StatusRank
    public var homePartition: Int32
    /// As the record says it; not checked against the contract's words.
    public var state: String

    public var term: Int64 { rank.term }
    public var version: Int64 { rank.version }

    private enum Field: UInt8, KnownField {
        case requestID, term, version, homePartition, state

        static func named(_ name: JSONText) -> Field? {
            switch name {
            case "request_id": .requestID
            case "term": .term
            case "version": .version
            case "home_partition": .homePartition
            case "state": .state
            default: nil
            }
        }
    }

    /// - Returns: nil where the bytes are not JSON or one of the fields is missing or wrong.
    public static func read(_ bytes: UnsafeRawBufferPointer) -> StatusHead? {
        do throws(Refusal) {
            return try head(bytes)
        } catch {
            return nil
        }
    }

    public static func read(_ bytes: [UInt8]) -> StatusHead? {
        bytes.withUnsafeBytes { read($0) }
    }

    private static func head(_ bytes: UnsafeRawBufferPointer) throws(Refusal) -> StatusHead? {
        var cursor = RecordCursor(bytes)
        var requestID: RequestID?
        var (term, version): (Int64?, Int64?)
        var partition: Int32?
        var state: String?
        var seen: UInt32 = 0
        try cursor.beginObject()
        while let field = try cursor.next(Field.self, seen: &seen) {
            switch field {
            case .requestID: requestID = try cursor.requestID()
            case .term: term = try cursor.int64()
            case .version: version = try cursor.int64()
            case .homePartition: partition = try cursor.partition()
            case .state: state = try cursor.string()
            }
        }
        try cursor.end()
        guard let requestID, let term, let version, let partition, let state else { return nil }
        return StatusHead(
            requestID: requestID, rank: StatusRank(term: term, version: version), homePartition: partition,
            state: state)
    }
}
