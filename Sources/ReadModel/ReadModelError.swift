/// Why the read model did not do what it was asked.
public enum ReadModelError: Error, Hashable, Sendable {
    /// The page cursor was not made by this read model for this question. Ask again from the first page.
    case invalidCursor
    /// Ask for between 1 and `maximum` requests.
    case limitOutOfRange(maximum: Int)
    /// No such request state. Ask for one of `known`.
    case unknownState(known: [String])
    /// The file was made for another cluster or topic prefix. Give another path, or delete the file.
    case foreignFile(found: String, expected: String)
    /// The file was written by a newer version of the program. Upgrade, or delete the file: it is rebuilt from the
    /// log.
    case newerFile
    /// SQLite refuses the file. Mend what `reason` says, or delete the file: it is rebuilt from the log.
    case unusableFile(reason: String)
}

extension ReadModelError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidCursor: "the cursor does not belong to this question: begin again without one"
        case .limitOutOfRange(let maximum): "the limit must lie between 1 and \(maximum)"
        case .unknownState(let known): "the state must be one of \(known.joined(separator: ", "))"
        case .foreignFile(let found, let expected):
            "the read model's file belongs to \(found), not to \(expected): give another path, or delete it and it "
                + "will be rebuilt"
        case .newerFile:
            "the read model's file is from a newer version: upgrade, or delete it and it will be rebuilt"
        case .unusableFile(let reason):
            "the read model's file cannot be used (\(reason)): mend that, or delete it and it will be rebuilt"
        }
    }
}
