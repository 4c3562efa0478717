import Foundation
import Testing

/// The project's own files, found from the place of this one.
enum Tree {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Paths relative to the root, sorted, of the files below a folder whose names end in one of `extensions` (all
    /// files where it is empty). Hidden folders and what a build leaves behind are passed over.
    static func files(below folder: String = "", extensions: Set<String> = []) throws -> [String] {
        let base = folder.isEmpty ? root : root.appendingPathComponent(folder)
        guard FileManager.default.fileExists(atPath: base.path) else { return [] }
        var found: [String] = []
        for path in try FileManager.default.subpathsOfDirectory(atPath: base.path) {
            let full = folder.isEmpty ? path : "\(folder)/\(path)"
            guard !full.split(separator: "/").contains(where: { $0.hasPrefix(".") && $0 != ".ci" }) else { continue }
            guard extensions.isEmpty || extensions.contains((path as NSString).pathExtension) else { continue }
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: base.appendingPathComponent(path).path, isDirectory: &isFolder)
            if !isFolder.boolValue { found.append(full) }
        }
        return found.sorted()
    }

    /// Folders directly in one, sorted.
    static func folders(in folder: String) throws -> [String] {
        let base = root.appendingPathComponent(folder)
        return try FileManager.default.contentsOfDirectory(atPath: base.path).filter { name in
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(
                atPath: base.appendingPathComponent(name).path, isDirectory: &isFolder)
            return exists && isFolder.boolValue && !name.hasPrefix(".")
        }.sorted()
    }

    static func swiftFiles(below folder: String) throws -> [String] {
        try files(below: folder, extensions: ["swift"])
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    static func lines(_ path: String) throws -> [String] {
        try text(path).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
    }
}

/// Fails with the whole list, so that nobody has to repair and run in turns.
func expectNone(
    _ faults: [String], _ rule: String, sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(faults.isEmpty, "\(rule):\n\(faults.joined(separator: "\n"))", sourceLocation: sourceLocation)
}
