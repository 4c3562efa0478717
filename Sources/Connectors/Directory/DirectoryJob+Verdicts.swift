import SagaKernel

extension DirectoryJob.Pass {
    /// What stands against completing comes first: a count of what is left to do is worth more than a success that is
    /// none. What only has to wait comes next.
    func verdict(
        _ findings: Findings, continuation: String? = nil, completed: () -> DirectoryJob.Verdict
    ) -> DirectoryJob.Verdict {
        if let objection = findings.objection { return objection }
        if let moment = findings.waitUntil {
            return .pending(.operationRunning, resumeAt: moment, continuation: continuation)
        }
        return completed()
    }

    func completed(
        _ outcome: Outcome, _ findings: Findings, method: String, _ verified: Verified
    ) -> DirectoryJob.Verdict {
        var completion = Completion(
            outcome: outcome, recordCount: findings.records, method: method, verified: verified)
        completion.evidence = evidence(findings)
        return .completed(completion)
    }

    func evidence(_ findings: Findings) -> [Evidence] {
        let counts = [
            ("files_read", findings.filesRead), ("files_rewritten", findings.filesRewritten),
            ("files_removed", findings.filesRemoved),
        ]
        return counts.compactMap { name, count in count > 0 ? Evidence(name: name, value: "\(count)") : nil }
    }
}

extension Findings {
    /// Nothing stands against calling the task done.
    var isSettled: Bool { objection == nil && waitUntil == nil }
}

/// How far an erasure came before it had to wait: workers keep no state, so the saga keeps it.
struct Progress: Hashable {
    var erased: Int64

    private static let prefix = "erased="

    init(erased: Int64) {
        self.erased = erased
    }

    /// nil for a text that this connector did not write.
    init?(continuation: String?) {
        guard let continuation else {
            erased = 0
            return
        }
        guard continuation.hasPrefix(Self.prefix), let count = Int64(continuation.dropFirst(Self.prefix.count)),
            count >= 0
        else { return nil }
        erased = count
    }

    var continuation: String { "\(Self.prefix)\(erased)" }
}

/// `file:` addresses of paths that need not be UTF-8.
enum FileAddress {
    static func text(_ folder: [UInt8], _ names: [String]) -> String {
        var path = folder == [UInt8(ascii: "/")] ? [] : folder
        for name in names {
            path.append(UInt8(ascii: "/"))
            path.append(contentsOf: name.utf8)
        }
        var text = "file://"
        for byte in path {
            if isPlain(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "%" + Hex.text([byte]).uppercased()
            }
        }
        return text
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: Array("-._~/".utf8).contains(byte)
        }
    }
}
