/// Visits every regular file below a folder, in the order of the names' bytes.
///
/// Links, pipes, sockets and devices are passed over: what a link points to is either in the tree anyway or not part of
/// it. A file with a second name is counted and not opened.
struct TreeWalk {
    let settings: DirectorySettings
    let isCancelled: @Sendable () -> Bool

    struct Cancelled: Error {}

    /// - Parameter visit: may change the folder's entries; its failure is counted and ends that file only.
    func run(
        _ folder: borrowing Folder, findings: inout Findings, depth: Int = 0,
        visit: (borrowing Folder, FileName, FileFacts, inout Findings) throws(FileFailure) -> Void
    ) throws(Cancelled) {
        let names: [FileName]
        do throws(FileFailure) { names = try folder.names() } catch {
            findings.failed(error)
            return
        }
        for name in names {
            guard !isCancelled() else { throw Cancelled() }
            do throws(FileFailure) {
                guard let facts = try folder.facts(name) else { continue }
                switch facts.form {
                case .other: continue
                case .file:
                    guard isWanted(name) else { continue }
                    if facts.links > 1 { findings.linkedFiles += 1 } else { try visit(folder, name, facts, &findings) }
                    continue
                case .folder: break
                }
            } catch {
                // A file that went away between listing and opening holds nothing any more.
                if !error.isGone { findings.failed(error) }
                continue
            }
            guard depth < settings.depthMax else {
                findings.foldersTooDeep += 1
                continue
            }
            let inner: Folder
            do throws(FileFailure) { inner = try folder.folder(name) } catch {
                if !error.isGone { findings.failed(error) }
                continue
            }
            try run(inner, findings: &findings, depth: depth + 1, visit: visit)
        }
    }

    /// What a crash left behind has the ending of no other file, and is wanted always.
    private func isWanted(_ name: FileName) -> Bool {
        settings.fileSuffixes.isEmpty || name.isTemporary(.rewrite)
            || settings.fileSuffixes.contains { name.hasSuffix($0) }
    }
}
