import Contract
import SagaKernel

extension DirectoryJob.Pass {
    /// Opens a file and makes sure that it is still one: between listing and opening it may have been swapped.
    func open(_ folder: borrowing Folder, _ name: FileName) throws(FileFailure) -> Descriptor {
        let file = try folder.openForReading(name)
        guard try file.facts().form == .file else { throw .otherFormat }
        return file
    }

    /// Counts what a file that was read says besides its records.
    func note(_ scan: FileScan, of file: borrowing Descriptor, _ findings: inout Findings) throws(FileFailure) {
        findings.filesRead += 1
        findings.seen.insert(try file.facts().identity)
        if scan.endsHalfWritten, let moment = waitingTime(try file.facts(), seconds: settings.halfWrittenSeconds) {
            findings.wait(until: moment)
        } else {
            findings.unclearLines += scan.unclearLines
        }
    }

    /// When a file that was modified lately will be old enough; nil when it is.
    func waitingTime(_ facts: FileFacts, seconds: Int64) -> Timestamp? {
        let now = job.now()
        let modified = Timestamp(milliseconds: facts.modified.seconds * 1_000 + facts.modified.nanoseconds / 1_000_000)
        // A time in the future comes from another machine's clock, and is no reason to wait until then.
        let ready = min(modified, now).adding(milliseconds: seconds * 1_000)
        return ready > now ? ready : nil
    }

    func erase(
        _ folder: borrowing Folder, _ name: FileName, _ facts: FileFacts, _ findings: inout Findings
    ) throws(FileFailure) {
        let rewrite = FileRewrite(
            settings: settings, matcher: matcher, isCancelled: isCancelled, atMoment: job.atMoment)
        if name.isTemporary(.rewrite) { return try rewrite.removeLeftover(folder, name) }
        let file = try open(folder, name)
        let scan = try FileScan.read(file, matcher: matcher, lineBytesMax: settings.lineBytesMax) { _, _ in }
        let waitingBefore = findings.waitingFiles
        try note(scan, of: file, &findings)
        guard scan.subjectLines > 0, findings.waitingFiles == waitingBefore else { return }
        if let moment = waitingTime(try file.facts(), seconds: settings.minimumAgeSeconds) {
            findings.wait(until: moment)
            return
        }
        let scanned = try file.facts().identity
        let ending: FileRewrite.Ending
        do throws(FileFailure) { ending = try rewrite.run(folder, name) } catch {
            // The lines that were seen are not there under this name: they may be under another one.
            guard error.isMissing else { throw error }
            ending = .unchanged
        }
        switch ending {
        case .rewritten(let lines, let identity):
            findings.records += lines
            findings.filesRewritten += 1
            // Should the old content have got another name, it is to be found there.
            findings.seen.remove(scanned)
            findings.seen.insert(identity)
        case .removed(let lines):
            findings.records += lines
            findings.filesRemoved += 1
            findings.seen.remove(scanned)
        case .unchanged:
            findings.changingFiles += 1
            findings.seen.remove(scanned)
        case .changing: findings.changingFiles += 1
        case .notErased: findings.notErased += 1
        case .folderBusy: findings.wait(until: job.now().adding(milliseconds: DirectoryJob.busyMs))
        }
    }

    func export(_ path: [UInt8], to target: [UInt8]) throws(DirectoryJob.JobEnd) -> DirectoryJob.Verdict {
        var file: ExportFile
        do throws(FileFailure) {
            let folder = try Folder.open(resolved: target)
                .folder(making: FileName(job.task.requestID.description))
            file = try ExportFile.create(in: folder)
        } catch { throw .file(error) }
        let findings: Findings
        do throws(DirectoryJob.JobEnd) {
            findings = try collect(path, into: &file)
        } catch {
            let first = error
            try discard(file)
            throw first
        }
        guard findings.records > 0, findings.isSettled else {
            try discard(file)
            return verdict(findings) { completed(.noData, findings, method: "scan", .readBack) }
        }
        return try finish(&file, in: target, findings)
    }

    private func collect(_ path: [UInt8], into file: inout ExportFile) throws(DirectoryJob.JobEnd) -> Findings {
        var writeFailure: FileFailure?
        let findings = try walk(path) { folder, name, _, findings throws(FileFailure) in
            // What a crashed erasure left is a copy of what its file holds.
            guard !name.isTemporary(.rewrite), writeFailure == nil else { return }
            let source = try open(folder, name)
            let scan = try FileScan.read(
                source, matcher: matcher, lineBytesMax: settings.lineBytesMax
            ) { line, judgement throws(FileFailure) in
                guard judgement == .subject, writeFailure == nil else { return }
                do throws(FileFailure) { try file.append(line) } catch { writeFailure = error }
            }
            findings.records += scan.subjectLines
            try note(scan, of: source, &findings)
        }
        if let writeFailure { throw .file(writeFailure) }
        return findings
    }

    private func discard(_ file: borrowing ExportFile) throws(DirectoryJob.JobEnd) {
        do throws(FileFailure) { try file.discard() } catch { throw .file(error) }
    }

    private func finish(
        _ file: inout ExportFile, in target: [UInt8], _ findings: Findings
    ) throws(DirectoryJob.JobEnd) -> DirectoryJob.Verdict {
        let name = "\(job.task.endpoint.id).ndjson"
        let sha256: String
        do throws(FileFailure) { sha256 = try file.finish(as: FileName(name)) } catch { throw .file(error) }
        var completion = Completion(outcome: .exported, recordCount: findings.records, method: "scan", verified: .none)
        completion.artifacts = [
            Artifact(
                uri: FileAddress.text(target, [job.task.requestID.description, name]), sha256: sha256,
                bytes: file.bytes, contentType: "application/x-ndjson")
        ]
        completion.evidence = evidence(findings)
        return .completed(completion)
    }
}
