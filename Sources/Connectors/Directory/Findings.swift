import SagaKernel

/// What one pass over a tree found. Counts only: a name of a file may hold an identifier.
struct Findings: Sendable {
    /// Records of the subject that were seen (export, verify) or removed (erase).
    var records: Int64 = 0
    var filesRead: Int64 = 0
    var filesRewritten: Int64 = 0
    var filesRemoved: Int64 = 0
    /// Lines that name the subject and are no records.
    var unclearLines: Int64 = 0
    var filesWithLongLines: Int64 = 0
    /// Files that are certainly not JSON Lines: compressed, Avro, UTF-16.
    var unreadableFiles: Int64 = 0
    /// Regular files with more than one name. Rewriting one would leave the content behind under the other.
    var linkedFiles: Int64 = 0
    var foldersTooDeep: Int64 = 0
    /// Files that kept changing under the rewrite.
    var changingFiles: Int64 = 0
    /// Files whose rewrite was read back and still held the subject.
    var notErased: Int64 = 0
    /// Files that have to wait, and until when the last of them does.
    var waitingFiles: Int64 = 0
    var waitUntil: Timestamp?
    var failures: [FileFailure: Int64] = [:]
    /// The files of the present folder that were read to their end, or written by this pass.
    var seen: Set<FileFacts.Identity> = []
    /// The pass ended before the tree did.
    var isCutShort = false

    /// Nothing was there to read, and `empty_tree` does not say that this can be.
    var isEmptyTree = false

    mutating func wait(until moment: Timestamp) {
        waitingFiles += 1
        waitUntil = max(waitUntil ?? moment, moment)
    }

    mutating func failed(_ failure: FileFailure) {
        switch failure {
        case .lineTooLong: filesWithLongLines += 1
        case .otherFormat: unreadableFiles += 1
        case .system: failures[failure, default: 0] += 1
        }
    }

    /// What stands against calling the task done, the worst first: what only a person can change, then what another
    /// attempt may change. Nil where nothing does.
    var objection: Acknowledgement.Verdict? {
        let final = failures.filter { !$0.key.isRetryable }
        if let failure = Self.commonest(final) { return Self.failed(failure.code, failure.detail, retryable: false) }
        for (count, code, text) in lasting where count > 0 {
            return Self.failed(code, "\(count) \(text)", retryable: false)
        }
        if isCutShort { return Self.failed(.timeout, "cancelled", retryable: true) }
        if let failure = Self.commonest(failures) { return Self.failed(failure.code, failure.detail, retryable: true) }
        if isEmptyTree { return Self.failed(.notFound, "path holds no file to read; see empty_tree", retryable: true) }
        for (count, text) in passing where count > 0 {
            return Self.failed(.conflict, "\(count) \(text)", retryable: true)
        }
        return nil
    }

    private var lasting: [(Int64, TaskErrorCode, String)] {
        [
            (linkedFiles, .unsupported, "files have more than one name and were not opened"),
            (unreadableFiles, .unsupported, "files are not JSON Lines"),
            (filesWithLongLines, .unsupported, "files have a line longer than line_bytes_max"),
            (foldersTooDeep, .unsupported, "folders lie deeper than depth_max"),
            (unclearLines, .conflict, "lines name the subject and are no complete records; they were kept"),
        ]
    }

    private var passing: [(Int64, String)] {
        [
            (changingFiles, "files changed or moved while they were worked on"),
            (notErased, "files still held the subject when they were read back"),
        ]
    }

    private static func commonest(_ failures: [FileFailure: Int64]) -> FileFailure? {
        failures.max { ($0.value, $0.key.detail) < ($1.value, $1.key.detail) }?.key
    }

    private static func failed(_ code: TaskErrorCode, _ detail: String, retryable: Bool) -> Acknowledgement.Verdict {
        .failed(TaskError(code: code, detail: detail), retryable: retryable, retryAfterMs: nil)
    }
}
