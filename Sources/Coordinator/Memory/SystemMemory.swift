import Synchronization

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
/// restore. So all pages of a piece are asked for with it, in the size that comes faster just now.
enum SystemMemory {
    /// From this size on memory comes from the system, in pieces of this size: a large page, where the system has them
    /// (x86-64, and arm64 with pages of 4 KiB). What is smaller comes from the heap.
    static let largeBytes = 2 << 20
    /// A line of the caches.
    static let lineBytes = 64
    private static let choice = Mutex(PageChoice())

    /// At least so many bytes, with whatever is in them. A system that has none left ends the process, as it does for
    /// an array that cannot grow.
    static func take(bytes: Int) -> UnsafeMutableRawBufferPointer {
        guard bytes >= largeBytes else { return .allocate(byteCount: bytes, alignment: lineBytes) }
        let count = (bytes + largeBytes - 1) / largeBytes * largeBytes
        let memory = map(count)
        for start in stride(from: 0, to: count, by: largeBytes) {
            populate(UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + largeBytes]))
        }
        return memory
    }

    /// Address space that begins where a large page can: more is asked for, what is around it is given back.
    ///
    /// As far behind as it can lie, where it touches what was taken before: the system finds space from above, makes
    /// one mapping of what lies side by side, and has only so many (`vm.max_map_count`).
    private static func map(_ count: Int) -> UnsafeMutableRawBufferPointer {
        let start = mmap(nil, count + largeBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let start, start != MAP_FAILED else { preconditionFailure("the system has no \(count) bytes left") }
        let front = largeBytes - Int(bitPattern: start) % largeBytes
        giveBack(start, front)
        giveBack(start + front + count, largeBytes - front)
        return UnsafeMutableRawBufferPointer(start: start + front, count: count)
    }

    /// Has the system find the pages of a piece now.
    private static func populate(_ piece: UnsafeMutableRawBufferPointer) {
        #if os(Linux)
            let pages = choice.withLock { $0.next() }
            let began = ContinuousClock.now
            // Refused where the kernel has no large pages, or is told not to give any: then they are small.
            if pages == .large { madvise(piece.baseAddress, piece.count, MADV_HUGEPAGE) }
            // Unknown before Linux 5.14.
            if madvise(piece.baseAddress, piece.count, MADV_POPULATE_WRITE) != 0 { touch(piece) }
            let duration = began.duration(to: .now)
            choice.withLock { $0.came(pages, after: duration) }
        #endif
    }

    private static func touch(_ piece: UnsafeMutableRawBufferPointer) {
        for place in stride(from: 0, to: piece.count, by: Int(getpagesize())) { piece[place] = 0 }
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
        giveBack(start, memory.count)
    }

    private static func giveBack(_ start: UnsafeMutableRawPointer, _ count: Int) {
        guard count > 0 else { return }
        let result = munmap(start, count)
        precondition(result == 0, "memory that was not taken is given back")
    }

    /// Whether both hold the same bytes.
    static func isEqual(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        guard one.count == other.count else { return false }
        guard let first = one.baseAddress, let second = other.baseAddress else { return true }
        return memcmp(first, second, one.count) == 0
    }
}
