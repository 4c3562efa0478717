#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Memory for what lives long and is looked into at random: what is large of it, straight from the system.
///
/// Pages of 4 KiB cost such memory dearly. The first touch of each is a fault, of two to four microseconds on a virtual
/// machine, which for a million snapshots was a third of a restore; and every look afterwards waits for the page's
/// address as well as for the bytes. So large pages are asked for; where the system has none, small ones do.
enum SystemMemory {
    /// From this size on memory comes from the system, in large pages (x86-64, and arm64 with pages of 4 KiB). What is
    /// smaller comes from the heap.
    private static let largePageBytes = 2 << 20
    /// A line of the caches.
    private static let alignment = 64

    /// At least so many bytes, with whatever is in them. A system that has none left ends the process, as it does for
    /// an array that cannot grow.
    static func take(bytes: Int) -> UnsafeMutableRawBufferPointer {
        guard bytes >= largePageBytes else { return .allocate(byteCount: bytes, alignment: alignment) }
        let count = (bytes + largePageBytes - 1) / largePageBytes * largePageBytes
        let start = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let start, start != MAP_FAILED else { preconditionFailure("the system has no \(count) bytes left") }
        #if os(Linux)
            // Advice: a system without large pages refuses it, and nothing depends on them but time.
            _ = madvise(start, count, MADV_HUGEPAGE)
        #endif
        return UnsafeMutableRawBufferPointer(start: start, count: count)
    }

    /// The same, with nothing but zeros in it.
    static func takeZeroed(bytes: Int) -> UnsafeMutableRawBufferPointer {
        let memory = take(bytes: bytes)
        // What the system gives is zero already, and to write that once more would be to touch all of it.
        if bytes < largePageBytes { memory.initializeMemory(as: UInt8.self, repeating: 0) }
        return memory
    }

    static func giveBack(_ memory: UnsafeMutableRawBufferPointer) {
        guard let start = memory.baseAddress else { return }
        guard memory.count >= largePageBytes else { return memory.deallocate() }
        let result = munmap(start, memory.count)
        precondition(result == 0, "memory that was not taken is given back")
    }

    /// Whether both hold the same bytes.
    static func isEqual(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        guard one.count == other.count else { return false }
        guard let first = one.baseAddress, let second = other.baseAddress else { return true }
        return memcmp(first, second, one.count) == 0
    }
}
