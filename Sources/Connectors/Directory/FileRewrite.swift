import SagaKernel

/// The moments of a rewrite at which a test wants to look, or to interfere.
enum RewriteMoment: Sendable {
    /// The new content is complete beside the old one and has been made durable.
    case prepared
    /// The new content has the file's name.
    case replaced
}

/// Writes a file anew without the subject's lines.
///
/// The new content goes to a file of its own in the same folder and takes the old one's name in one step, so at every
/// moment either the whole old or the whole new content is there. What somebody else does to the file meanwhile is
/// seen right before that step, and the rewrite begins anew.
struct FileRewrite {
    let settings: DirectorySettings
    let matcher: SubjectMatcher
    let isCancelled: @Sendable () -> Bool
    let atMoment: @Sendable (RewriteMoment) -> Void

    enum Ending {
        case rewritten(removedLines: Int64, as: FileFacts.Identity)
        case removed(removedLines: Int64)
        /// The name holds none of the subject's lines by now: another worker removed them, or they were moved away.
        case unchanged
        /// Somebody kept writing to it, or what was read back still held the subject.
        case changing, notErased
        /// Another worker is busy in this folder.
        case folderBusy
    }

    func run(_ folder: borrowing Folder, _ name: FileName) throws(FileFailure) -> Ending {
        for _ in 0..<settings.rewriteAttemptsMax {
            guard try lock(folder) else { return .folderBusy }
            defer { unlock(folder) }
            if let ending = try attempt(folder, name) { return ending }
            if isCancelled() { break }
        }
        return .changing
    }

    /// Removes what a crash left behind. Under the lock nobody is writing such a file, so it is nobody's.
    func removeLeftover(_ folder: borrowing Folder, _ name: FileName) throws(FileFailure) {
        guard try lock(folder) else { return }
        defer { unlock(folder) }
        guard let facts = try folder.facts(name), facts.form == .file else { return }
        try folder.remove(name)
    }

    private func lock(_ folder: borrowing Folder) throws(FileFailure) -> Bool {
        guard settings.locksFolders else { return true }
        return try folder.lock(waitSeconds: settings.lockWaitSeconds, isCancelled: isCancelled)
    }

    private func unlock(_ folder: borrowing Folder) {
        if settings.locksFolders { folder.descriptor.unlock() }
    }

    /// nil: the file changed meanwhile.
    private func attempt(_ folder: borrowing Folder, _ name: FileName) throws(FileFailure) -> Ending? {
        let temporary = FileName.temporary(.rewrite)
        let ending: Ending?
        do throws(FileFailure) {
            ending = try attempt(folder, name, through: temporary)
        } catch {
            let first = error
            // The first failure is the one to tell; what cannot be removed now is found as a leftover next time.
            do throws(FileFailure) { try discard(temporary, in: folder) } catch { throw first }
            throw first
        }
        try discard(temporary, in: folder)
        return ending
    }

    private func discard(_ temporary: FileName, in folder: borrowing Folder) throws(FileFailure) {
        do throws(FileFailure) { try folder.remove(temporary) } catch {
            // Gone is what it is after a rename.
            guard error.isMissing else { throw error }
        }
    }

    private func attempt(
        _ folder: borrowing Folder, _ name: FileName, through temporary: FileName
    ) throws(FileFailure) -> Ending? {
        let file = try folder.openForReading(name)
        let before = try file.facts()
        guard before.form == .file, before.links == 1 else { return nil }
        let new = try folder.create(temporary)
        let (removedLines, keepsContent) = try copy(file, to: new)
        guard removedLines > 0 else { return .unchanged }
        try new.adopt(before)
        try new.sync()
        atMoment(.prepared)
        guard try file.facts() == before, try folder.facts(name) == before else { return nil }
        if !keepsContent, settings.deletesEmpty {
            try folder.remove(name)
            try folder.descriptor.sync()
            return .removed(removedLines: removedLines)
        }
        try folder.rename(temporary, to: name)
        try folder.descriptor.sync()
        atMoment(.replaced)
        guard try isClear(folder, name) else { return .notErased }
        return .rewritten(removedLines: removedLines, as: try new.facts().identity)
    }

    /// Copies every line but the subject's. A byte order mark is the file's and stays when its line goes.
    private func copy(
        _ file: borrowing Descriptor, to new: borrowing Descriptor
    ) throws(FileFailure) -> (removedLines: Int64, keepsContent: Bool) {
        var writer = BufferedWriter()
        var keepsContent = false
        var removedLines: Int64 = 0
        var reader = LineReader(lineBytesMax: settings.lineBytesMax)
        while let line = try reader.next(of: file) {
            if matcher.judge(line.content) == .subject {
                removedLines += 1
                try writer.append(UnsafeRawBufferPointer(rebasing: line.bytes[..<line.markLength]), to: new)
            } else {
                keepsContent = true
                try writer.append(line.bytes, to: new)
            }
        }
        try writer.flush(to: new)
        return (removedLines, keepsContent)
    }

    /// Reads the file back under its name: what counts is what the next reader will find.
    private func isClear(_ folder: borrowing Folder, _ name: FileName) throws(FileFailure) -> Bool {
        let file = try folder.openForReading(name)
        let scan = try FileScan.read(file, matcher: matcher, lineBytesMax: settings.lineBytesMax) { _, _ in }
        return scan.subjectLines == 0
    }
}
