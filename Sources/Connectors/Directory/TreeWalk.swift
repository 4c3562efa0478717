/// Visits every regular file below a folder, in the order of the names' bytes.
///
/// Links, pipes, sockets and devices are passed over: what a link points to is either in the tree anyway or not part of
/// it. A file with a second name is counted and not opened.
///
/// A folder is listed again when its entries have been visited, for what has another name by now: logs are rotated.
struct TreeWalk {
    /// May change the folder's entries; its failure is counted and ends that file only. Enters what it read to its end
    /// in `seen`.
    typealias Visit = (borrowing Folder, FileName, FileFacts, inout Findings) throws(FileFailure) -> Void

    let settings: DirectorySettings
    let isCancelled: @Sendable () -> Bool

    func run(_ folder: borrowing Folder, findings: inout Findings, depth: Int = 0, visit: Visit) {
        let outer = findings.seen
        findings.seen = []
        defer { findings.seen = outer }
        var round = Round()
        // Once for what is there, once more for what was moved meanwhile, and so on.
        for _ in 0...settings.rewriteAttemptsMax {
            round.foundNew = false
            round.missedSome = false
            let names: [FileName]
            do throws(FileFailure) { names = try folder.names() } catch {
                findings.failed(error)
                return
            }
            for name in names {
                if isCancelled() { findings.isCutShort = true }
                guard !findings.isCutShort else { return }
                look(at: name, of: folder, &round, &findings, depth: depth, visit: visit)
            }
            guard round.foundNew || round.missedSome else { return }
        }
        if round.missedSome { findings.changingFiles += 1 }
    }

    /// One look at the entries of a folder.
    private struct Round {
        /// Not files that were read, and not to be counted a second time either.
        var passed: Set<FileFacts.Identity> = []
        var foundNew = false
        /// A name went away before it could be opened. What it named may have got another one.
        var missedSome = false
    }

    private func look(
        at name: FileName, of folder: borrowing Folder, _ round: inout Round, _ findings: inout Findings, depth: Int,
        visit: Visit
    ) {
        var identity: FileFacts.Identity?
        do throws(FileFailure) {
            guard let facts = try folder.facts(name) else {
                round.missedSome = true
                return
            }
            guard !round.passed.contains(facts.identity), !findings.seen.contains(facts.identity) else { return }
            identity = facts.identity
            switch facts.form {
            case .other: return
            case .file:
                guard isWanted(name) else { return }
                round.foundNew = true
                guard facts.links == 1 else {
                    findings.linkedFiles += 1
                    round.passed.insert(facts.identity)
                    return
                }
                try visit(folder, name, facts, &findings)
                if name.isTemporary(.rewrite) { round.passed.insert(facts.identity) }
                return
            case .folder:
                round.foundNew = true
                guard depth < settings.depthMax else {
                    findings.foldersTooDeep += 1
                    round.passed.insert(facts.identity)
                    return
                }
            }
            let inner = try folder.folder(name)
            round.passed.insert(facts.identity)
            run(inner, findings: &findings, depth: depth + 1, visit: visit)
        } catch {
            guard !error.isGone else {
                round.missedSome = true
                return
            }
            findings.failed(error)
            if let identity { round.passed.insert(identity) }
        }
    }

    /// What a crash left behind has the ending of no other file, and is wanted always.
    private func isWanted(_ name: FileName) -> Bool {
        settings.fileSuffixes.isEmpty || name.isTemporary(.rewrite) || name == .emptied
            || settings.fileSuffixes.contains { name.hasSuffix($0) }
    }
}
