#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Memory for what lives long and is looked into at random: what is large of it, straight from the system.
///
/// The first touch of a page is a fault, of two to four microseconds on a virtual machine, and was a third of a
/// restore. So all pages of a piece are asked for with it, which took a quarter off a restore. Pages of 2 MiB would
/// cost even less, but not where the host has taken back what its guest did not use: there one takes up to five
/// milliseconds.
enum SystemMemory {
    /// From this size on memory comes from the system, in whole pages of whatever size. What is smaller comes from the
    /// heap.
    static let largeBytes = 2 << 20
    /// A line of the caches.
    private static let alignment = 64

    /// At least so many bytes, with whatever is in them. A system that has none left ends the process, as it does for
    /// an array that cannot grow.
    static func take(bytes: Int) -> UnsafeMutableRawBufferPointer {
        guard bytes >= largeBytes else { return .allocate(byteCount: bytes, alignment: alignment) }
        let count = (bytes + largeBytes - 1) / largeBytes * largeBytes
        #if os(Linux)
            let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE
        #else
            let flags = MAP_PRIVATE | MAP_ANONYMOUS
        #endif
        let start = mmap(nil, count, PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let start, start != MAP_FAILED else { preconditionFailure("the system has no \(count) bytes left") }
        return UnsafeMutableRawBufferPointer(start: start, count: count)
    }

    /// The same, with nothing but zeros in it.
    static func takeZeroed(bytes: Int) -> UnsafeMutableRawBufferPointer {
        let memory = take(bytes: bytes)
        // What the system gives is zero already.
        if bytes < largeBytes { memory.initializeMemory(as: UInt8.self, repeating: 0) }
        return memory
    }

    static func giveBack(_ memory: UnsafeMutableRawBufferPointer) {
        guard let start = memory.baseAddress else { return }
        guard memory.count >= largeBytes else { return memory.deallocate() }
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
