/// How much a saga keeps of what workers and operators say.
///
/// All of it stands in every snapshot and every status, and a record of the log has a largest size: a saga that outgrew
/// it could not be written any more, and with it its whole partition would stand still.
extension Saga {
    /// Whether what is said of a task can be kept beside what is kept of the others.
    func hasRoom(for bytes: Int, task index: Int, rules: SagaRules) -> Bool {
        guard bytes > rules.keptBytesFreePerTask else { return true }
        let others = tasks.indices.reduce(0) { $1 == index ? $0 : $0 + tasks[$1].keptBytes }
        return others + bytes <= rules.keptBytesMax
    }
}

extension SagaTask {
    /// Bytes of the texts that workers and operators chose.
    var keptBytes: Int {
        (completion?.keptBytes ?? 0) + (error?.detail?.writtenBytes ?? 0) + (continuation?.writtenBytes ?? 0)
    }
}

extension Acknowledgement.Verdict {
    var keptBytes: Int {
        switch self {
        case .completed(let completion): completion.keptBytes
        case .pending(_, _, let continuation): continuation?.writtenBytes ?? 0
        case .failed(let error, _, _): error.detail?.writtenBytes ?? 0
        }
    }
}

extension Completion {
    var keptBytes: Int {
        var bytes = method?.writtenBytes ?? 0
        for artifact in artifacts {
            bytes += artifact.uri.writtenBytes + (artifact.sha256?.writtenBytes ?? 0)
            bytes += (artifact.contentType?.writtenBytes ?? 0) + Completion.listedBytes
        }
        for fact in evidence { bytes += fact.name.writtenBytes + fact.value.writtenBytes + Completion.listedBytes }
        return bytes
    }

    /// What names, quotes and numbers add to an artifact or a fact, at most.
    private static let listedBytes = 96
}

extension String {
    /// Bytes in JSON: a control character takes six, a quote or a backslash two.
    public var writtenBytes: Int {
        utf8.reduce(0) { count, byte in
            if byte < 0x20 { return count + 6 }
            return byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") ? count + 2 : count + 1
        }
    }
}
