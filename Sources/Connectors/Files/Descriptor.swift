#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An open file or folder, closed when it goes out of scope.
struct Descriptor: ~Copyable {
    let number: Int32

    init(number: Int32) {
        self.number = number
    }

    deinit {
        // Nothing can be done about a failing close of something that was read, and what was written has been synced.
        _ = close(number)
    }

    borrowing func facts() throws(FileFailure) -> FileFacts {
        var status = stat()
        guard fstat(number, &status) == 0 else { throw .last(.inspect) }
        return FileFacts(status)
    }

    /// Fills the buffer from the current position; fewer bytes only at the end of the file.
    borrowing func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileFailure) -> Int {
        var filled = 0
        while filled < buffer.count, let start = buffer.baseAddress {
            #if canImport(Glibc)
                let count = Glibc.read(number, start + filled, buffer.count - filled)
            #elseif canImport(Musl)
                let count = Musl.read(number, start + filled, buffer.count - filled)
            #else
                let count = Darwin.read(number, start + filled, buffer.count - filled)
            #endif
            if count == 0 { return filled }
            if count > 0 {
                filled += count
            } else if errno != EINTR {
                throw .last(.read)
            }
        }
        return filled
    }

    borrowing func write(_ bytes: UnsafeRawBufferPointer) throws(FileFailure) {
        var written = 0
        while written < bytes.count, let start = bytes.baseAddress {
            #if canImport(Glibc)
                let count = Glibc.write(number, start + written, bytes.count - written)
            #elseif canImport(Musl)
                let count = Musl.write(number, start + written, bytes.count - written)
            #else
                let count = Darwin.write(number, start + written, bytes.count - written)
            #endif
            if count > 0 {
                written += count
            } else if errno != EINTR {
                throw .last(.write)
            }
        }
    }

    borrowing func rewind() throws(FileFailure) {
        guard lseek(number, 0, SEEK_SET) == 0 else { throw .last(.read) }
    }

    /// Makes what was written survive a power cut.
    borrowing func sync() throws(FileFailure) {
        while fsync(number) != 0 {
            guard errno == EINTR else { throw .last(.write) }
        }
    }
}

/// What the system says of a file: enough to see that it is another one, or was written to, since.
struct FileFacts: Hashable, Sendable {
    struct Time: Hashable, Sendable {
        var seconds: Int64
        var nanoseconds: Int64
    }

    /// What stays when a file gets another name.
    struct Identity: Hashable, Sendable {
        var device: UInt64
        var inode: UInt64
    }

    enum Form: Sendable {
        case file, folder, other
    }

    var device: UInt64
    var inode: UInt64
    var mode: UInt32
    var links: UInt64
    var owner: UInt32
    var group: UInt32
    var size: Int64
    var modified: Time
    var changed: Time

    init(_ status: stat) {
        device = UInt64(truncatingIfNeeded: status.st_dev)
        inode = UInt64(truncatingIfNeeded: status.st_ino)
        mode = UInt32(truncatingIfNeeded: status.st_mode)
        links = UInt64(truncatingIfNeeded: status.st_nlink)
        owner = UInt32(truncatingIfNeeded: status.st_uid)
        group = UInt32(truncatingIfNeeded: status.st_gid)
        size = Int64(status.st_size)
        #if canImport(Darwin)
            let (modification, change) = (status.st_mtimespec, status.st_ctimespec)
        #else
            let (modification, change) = (status.st_mtim, status.st_ctim)
        #endif
        modified = Time(seconds: Int64(modification.tv_sec), nanoseconds: Int64(modification.tv_nsec))
        changed = Time(seconds: Int64(change.tv_sec), nanoseconds: Int64(change.tv_nsec))
    }

    var identity: Identity { Identity(device: device, inode: inode) }

    var form: Form {
        switch mode & UInt32(S_IFMT) {
        case UInt32(S_IFREG): .file
        case UInt32(S_IFDIR): .folder
        default: .other
        }
    }
}
