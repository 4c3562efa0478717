#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An open folder. Everything in it is reached through its descriptor and without following links, so that nobody can
/// swap a link in between a check and its use.
struct Folder: ~Copyable {
    let descriptor: Descriptor

    private init(number: Int32) {
        descriptor = Descriptor(number: number)
    }

    private static let openFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC

    /// Opens an absolute path whose links were resolved before; a link in it by now is an error.
    static func open(resolved path: [UInt8]) throws(FileFailure) -> Folder {
        let root = Glue.open("/", openFlags)
        guard root >= 0 else { throw .last(.open) }
        var folder = Folder(number: root)
        for component in path.split(separator: UInt8(ascii: "/")) {
            folder = try folder.folder(FileName(bytes: Array(component)))
        }
        return folder
    }

    borrowing func folder(_ name: FileName) throws(FileFailure) -> Folder {
        let number = name.withCString { Glue.openat(descriptor.number, $0, Self.openFlags, 0) }
        guard number >= 0 else { throw .last(.open) }
        return Folder(number: number)
    }

    /// Makes the folder if it is missing, for its owner alone, and opens it.
    borrowing func folder(making name: FileName) throws(FileFailure) -> Folder {
        let made = name.withCString { mkdirat(descriptor.number, $0, 0o700) }
        guard made == 0 || errno == EEXIST else { throw .last(.write) }
        return try folder(name)
    }

    /// Every entry but `.` and `..`, sorted by bytes.
    borrowing func names() throws(FileFailure) -> [FileName] {
        // A second descriptor, because the stream owns and closes the one that it reads from.
        let number = Glue.openat(descriptor.number, ".", Self.openFlags, 0)
        guard number >= 0 else { throw .last(.list) }
        guard let stream = fdopendir(number) else {
            let failure = FileFailure.last(.list)
            _ = close(number)
            throw failure
        }
        defer { closedir(stream) }
        var names: [FileName] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw .last(.list) }
                return names.sorted()
            }
            let name = Self.name(of: entry)
            if name != Self.itself, name != Self.parent { names.append(FileName(bytes: name)) }
        }
    }

    private static let itself = Array(".".utf8)
    private static let parent = Array("..".utf8)

    /// The name lies in the entry with its real length, which may be shorter than the array that the type declares:
    /// so it is read through a pointer, never by copying the entry.
    private static func name(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return [] }
        let start = UnsafeRawPointer(entry) + offset
        return Array(UnsafeRawBufferPointer(start: start, count: strlen(start.assumingMemoryBound(to: CChar.self))))
    }

    /// nil when there is no such entry.
    borrowing func facts(_ name: FileName) throws(FileFailure) -> FileFacts? {
        var status = stat()
        let result = name.withCString { fstatat(descriptor.number, $0, &status, AT_SYMLINK_NOFOLLOW) }
        if result == 0 { return FileFacts(status) }
        guard errno == ENOENT else { throw .last(.inspect) }
        return nil
    }

    /// `O_NONBLOCK`, because a pipe put in the file's place would otherwise hold the thread.
    borrowing func openForReading(_ name: FileName) throws(FileFailure) -> Descriptor {
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
        let number = name.withCString { Glue.openat(descriptor.number, $0, flags, 0) }
        guard number >= 0 else { throw .last(.open) }
        return Descriptor(number: number)
    }

    /// Fails when the name is taken.
    borrowing func create(_ name: FileName) throws(FileFailure) -> Descriptor {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let number = name.withCString { Glue.openat(descriptor.number, $0, flags, 0o600) }
        guard number >= 0 else { throw .last(.write) }
        return Descriptor(number: number)
    }

    /// Makes an empty file; one that is there already stays.
    borrowing func mark(_ name: FileName) throws(FileFailure) {
        do throws(FileFailure) { _ = try create(name) } catch {
            guard case .system(_, EEXIST) = error else { throw error }
        }
    }

    borrowing func rename(_ name: FileName, to target: FileName) throws(FileFailure) {
        let result = name.withCString { from in
            target.withCString { renameat(descriptor.number, from, descriptor.number, $0) }
        }
        guard result == 0 else { throw .last(.replace) }
    }

    borrowing func remove(_ name: FileName) throws(FileFailure) {
        guard name.withCString({ unlinkat(descriptor.number, $0, 0) }) == 0 else { throw .last(.remove) }
    }
}

/// The C functions that are variadic, or whose names are methods here.
private enum Glue {
    static func open(_ path: StaticString, _ flags: Int32) -> Int32 {
        path.withUTF8Buffer { buffer in
            // A static string ends in a zero byte.
            UnsafeRawPointer(buffer.baseAddress!).withMemoryRebound(to: CChar.self, capacity: buffer.count + 1) {
                openat(AT_FDCWD, $0, flags, 0)
            }
        }
    }

    static func openat(_ folder: Int32, _ name: UnsafePointer<CChar>, _ flags: Int32, _ mode: mode_t) -> Int32 {
        while true {
            #if canImport(Glibc)
                let number = Glibc.openat(folder, name, flags, mode)
            #elseif canImport(Musl)
                let number = Musl.openat(folder, name, flags, mode)
            #else
                let number = Darwin.openat(folder, name, flags, mode)
            #endif
            if number >= 0 || errno != EINTR { return number }
        }
    }
}
