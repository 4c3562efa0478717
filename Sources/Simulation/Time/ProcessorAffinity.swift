#if canImport(Glibc)
    import Glibc
#endif

/// Where a run's threads may run.
enum ProcessorAffinity {
    /// Keeps this thread, and those that it starts, on one processor. A baton that goes from thread to thread of one
    /// processor costs a third of one that wakes another. Elsewhere than on Linux it does nothing.
    ///
    /// - Parameter index: any number; taken modulo the processors there are.
    static func keep(on index: Int, of processors: Int) {
        #if canImport(Glibc)
            // The header shows this call to GNU's own language only, so it is looked up by its name.
            typealias SetAffinity = @convention(c) (pid_t, Int, UnsafeRawPointer) -> Int32
            guard let symbol = dlsym(nil, "sched_setaffinity") else { return }
            let setAffinity = unsafeBitCast(symbol, to: SetAffinity.self)
            var set = cpu_set_t()
            let processor = index % max(1, processors)
            let isPossible = withUnsafeMutableBytes(of: &set) { bytes -> Bool in
                guard processor / 8 < bytes.count else { return false }
                bytes[processor / 8] |= 1 << (processor % 8)
                return true
            }
            // Refused where this processor is not ours: the run is slower then, and otherwise the same.
            if isPossible { _ = setAffinity(0, MemoryLayout<cpu_set_t>.size, &set) }
        #endif
    }
}
