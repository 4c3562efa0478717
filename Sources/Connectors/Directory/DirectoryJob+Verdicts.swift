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

    /// What was removed is said once, when all is done: a failure would lose the count, and the next attempt would
    /// call absent what this one erased. So an erasure that removed something waits and goes on, as often as it may.
    func kept(_ progress: Progress, _ verdict: DirectoryJob.Verdict) -> DirectoryJob.Verdict {
        guard case .failed(_, retryable: true, _) = verdict, progress.erased > 0,
            progress.fruitlessPasses <= Progress.fruitlessPassesMax
        else { return verdict }
        let moment = job.now().adding(milliseconds: progress.pauseMs)
        return .pending(.operationRunning, resumeAt: moment, continuation: progress.continuation)
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
    /// After more of them an erasure that could go on fails all the same: somebody has to look.
    static let fruitlessPassesMax: Int64 = 8

    var erased: Int64 = 0
    /// Passes since the last one that removed something.
    var fruitlessPasses: Int64 = 0

    /// nil for a text that this connector did not write: `erased=<lines>`, `;passes=<number>` behind it unless 0.
    init?(continuation: String?) {
        guard let continuation else { return }
        let parts = continuation.split(separator: ";", omittingEmptySubsequences: false)
        guard let erased = Self.count("erased=", parts[0]), parts.count <= 2 else { return nil }
        self.erased = erased
        guard parts.count == 2 else { return }
        guard let passes = Self.count("passes=", parts[1]) else { return nil }
        fruitlessPasses = passes
    }

    private static func count(_ name: String, _ text: Substring) -> Int64? {
        guard text.hasPrefix(name), let count = Int64(text.dropFirst(name.count)), count >= 0 else { return nil }
        return count
    }

    /// After a pass that removed so many lines.
    func adding(_ lines: Int64) -> Progress {
        var next = self
        next.erased = erased.addingReportingOverflow(lines).partialValue
        next.fruitlessPasses = lines > 0 ? 0 : min(fruitlessPasses, Self.fruitlessPassesMax) + 1
        return next
    }

    var continuation: String { "erased=\(erased)" + (fruitlessPasses > 0 ? ";passes=\(fruitlessPasses)" : "") }

    /// Half a minute, doubled with every pass in vain: about two hours in all.
    var pauseMs: Int64 { DirectoryJob.busyMs << min(fruitlessPasses, Self.fruitlessPassesMax) }
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
