import SagaKernel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Why a file or a folder could not be worked on. It carries numbers only: names of files may hold identifiers.
enum FileFailure: Error, Hashable, Sendable {
    enum Operation: String, Sendable {
        case resolve, open, list, inspect, read, write, lock, replace, remove
    }

    /// The system refused; `number` is its `errno`.
    case system(Operation, number: Int32)
    /// A line is longer than the limit. What comes after it was not read.
    case lineTooLong
    /// Not JSON Lines at all.
    case otherFormat

    /// Of the call that has just failed.
    static func last(_ operation: Operation) -> FileFailure {
        .system(operation, number: errno)
    }

    /// True where a name is not there, whatever was wanted of it. What it named may live on under another one.
    var isMissing: Bool {
        switch self {
        case .system(_, let number): number == ENOENT
        case .lineTooLong, .otherFormat: false
        }
    }

    /// True where a name was gone before anything was read of what it named.
    var isGone: Bool {
        switch self {
        case .system(.open, let number), .system(.inspect, let number): number == ENOENT
        case .system, .lineTooLong, .otherFormat: false
        }
    }

    /// What it means to whoever waits for the task.
    var code: TaskErrorCode {
        switch self {
        case .lineTooLong, .otherFormat: .unsupported
        // A file system without advisory locks does not learn them by waiting.
        case .system(.lock, _): .unsupported
        case .system(_, let number): Self.code(number)
        }
    }

    private static func code(_ number: Int32) -> TaskErrorCode {
        switch number {
        case EACCES, EPERM: .forbidden
        case EROFS: .immutable
        case ENOENT: .notFound
        case ELOOP, ENOTDIR, ENAMETOOLONG: .invalidTask
        default: .unavailable
        }
    }

    /// A folder that is missing may be a mount that comes back; a refusal stays one until somebody changes something.
    var isRetryable: Bool {
        switch code {
        case .unavailable, .notFound: true
        case .forbidden, .immutable, .invalidTask, .unauthorized, .throttled, .timeout, .conflict, .unsupported,
            .internal:
            false
        }
    }

    var detail: String {
        switch self {
        case .system(let operation, let number): "\(operation.rawValue): errno \(number)"
        case .lineTooLong: "a line is longer than line_bytes_max"
        case .otherFormat: "not JSON Lines"
        }
    }
}
