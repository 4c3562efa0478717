import Contract
import SagaKernel

/// One task at one tree, from settings to verdict. Blocking: it runs on a thread of its own.
struct DirectoryJob: Sendable {
    typealias Verdict = Acknowledgement.Verdict

    let task: WorkerTask
    let settings: DirectorySettings
    let roots: AllowedRoots
    let now: @Sendable () -> Timestamp
    let atMoment: @Sendable (RewriteMoment) -> Void

    /// How long a task waits that found another worker in its folder.
    static let busyMs = 30 * Milliseconds.second

    func run(isCancelled: @escaping @Sendable () -> Bool) -> Verdict {
        do throws(JobEnd) {
            let path = try resolved(settings.path, key: "path")
            let matcher = SubjectMatcher(subjects: task.subjects, settings: settings)
            let pass = Pass(job: self, matcher: matcher, isCancelled: isCancelled)
            switch task.action {
            case .export: return try pass.export(path)
            case .erase: return try pass.erase(path)
            case .verify: return try pass.verify(path)
            }
        } catch {
            return error.verdict
        }
    }

    /// What ends a job before its findings could.
    enum JobEnd: Error {
        case refused(TaskErrorCode, String)
        case file(FileFailure)

        var verdict: Verdict {
            switch self {
            case .refused(let code, let detail):
                .failed(TaskError(code: code, detail: detail), retryable: false, retryAfterMs: nil)
            case .file(let failure):
                .failed(
                    TaskError(code: failure.code, detail: failure.detail), retryable: failure.isRetryable,
                    retryAfterMs: nil)
            }
        }
    }

    func resolved(_ path: String, key: String) throws(JobEnd) -> [UInt8] {
        do throws(AllowedRoots.Refusal) { return try roots.resolve(path) } catch {
            switch error {
            case .outside: throw .refused(.invalidTask, "settings.\(key): outside the worker's directory_roots")
            case .file(let failure): throw .file(failure)
            }
        }
    }

    /// One walk through the tree for all subjects of the task.
    struct Pass {
        let job: DirectoryJob
        let matcher: SubjectMatcher
        let isCancelled: @Sendable () -> Bool

        var settings: DirectorySettings { job.settings }

        func verify(_ path: [UInt8]) throws(JobEnd) -> Verdict {
            let findings = try walk(path) { folder, name, _, findings throws(FileFailure) in
                let file = try open(folder, name)
                let scan = try FileScan.read(file, matcher: matcher, lineBytesMax: settings.lineBytesMax) { _, _ in }
                findings.records += scan.subjectLines
                try note(scan, of: file, &findings)
            }
            // One record that is there proves it, whatever else could not be read.
            if findings.records > 0 { return completed(.reappeared, findings, method: "scan", .readBack) }
            return verdict(findings) { completed(.absent, findings, method: "scan", .readBack) }
        }

        func erase(_ path: [UInt8]) throws(JobEnd) -> Verdict {
            guard let before = Progress(continuation: job.task.continuation) else {
                throw .refused(.invalidTask, "continuation: not this connector's")
            }
            var findings = try walk(path) { folder, name, facts, findings throws(FileFailure) in
                try erase(folder, name, facts, &findings)
            }
            let progress = before.adding(findings.records)
            findings.records = progress.erased
            let verdict = verdict(findings, continuation: progress.continuation) {
                let outcome: Outcome = findings.records > 0 ? .erased : .alreadyAbsent
                return completed(outcome, findings, method: "rewrite", .readBack)
            }
            return kept(progress, verdict)
        }

        func export(_ path: [UInt8]) throws(JobEnd) -> Verdict {
            guard let exportPath = settings.exportPath else {
                throw .refused(.invalidTask, SettingsFault.missingKey("export_path").detail)
            }
            let target = try job.resolved(exportPath, key: "export_path")
            // Inside the tree the copy would be found by the next erasure, and by the next export.
            guard !AllowedRoots.contains(path, target) else {
                throw .refused(.invalidTask, "settings.export_path: inside path")
            }
            return try export(path, to: target)
        }

        /// Walks the tree and adds its own fault, if any, to what was found.
        func walk(_ path: [UInt8], visit: TreeWalk.Visit) throws(JobEnd) -> Findings {
            let root: Folder
            do throws(FileFailure) { root = try Folder.open(resolved: path) } catch { throw .file(error) }
            var findings = Findings()
            TreeWalk(settings: settings, isCancelled: isCancelled).run(root, findings: &findings, visit: visit)
            findings.isEmptyTree = findings.filesRead == 0 && !settings.acceptsEmptyTree
            // Only now it is known that nothing is left; the next to come must see that this was us.
            if findings.filesRemoved > 0, findings.filesRemoved == findings.filesRead {
                do throws(FileFailure) { try root.mark(.emptied) } catch { findings.failed(error) }
            }
            return findings
        }
    }
}
