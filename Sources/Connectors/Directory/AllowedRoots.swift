#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The folders below which this worker may work at all, whatever a task says.
struct AllowedRoots: Sendable {
    private let roots: [String]

    enum Refusal: Error, Hashable, Sendable {
        case outside
        case file(FileFailure)
    }

    init(_ roots: [String]) {
        self.roots = roots
    }

    /// The path with every link resolved, if it is one of the roots or lies below one.
    func resolve(_ path: String) throws(Refusal) -> [UInt8] {
        let resolved: [UInt8]
        do throws(FileFailure) { resolved = try Self.resolved(path) } catch { throw .file(error) }
        for root in roots {
            // A root that is not there yet can hold nothing.
            guard let allowed = Self.resolvedIfPresent(root) else { continue }
            if Self.contains(allowed, resolved) { return resolved }
        }
        throw .outside
    }

    /// Whether the second resolved path is the first or lies below it.
    static func contains(_ outer: [UInt8], _ inner: [UInt8]) -> Bool {
        guard inner.starts(with: outer) else { return false }
        return inner.count == outer.count || outer == [UInt8(ascii: "/")] || inner[outer.count] == UInt8(ascii: "/")
    }

    private static func resolvedIfPresent(_ path: String) -> [UInt8]? {
        do throws(FileFailure) { return try resolved(path) } catch { return nil }
    }

    private static func resolved(_ path: String) throws(FileFailure) -> [UInt8] {
        guard let text = realpath(path, nil) else { throw .last(.resolve) }
        defer { free(text) }
        return Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
    }
}
