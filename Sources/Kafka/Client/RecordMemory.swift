internal import CRdKafka
internal import Foundation

/// How the C library keeps the memory of records: the client copies every one that is produced, and frees them together
/// when they are acknowledged.
public enum RecordMemory {
    /// Environment variables by which glibc's allocator is tuned from outside.
    private static let tunables = [
        "GLIBC_TUNABLES", "MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TOP_PAD_",
    ]

    /// Keeps what one batch gave back for the next. Called once, before clients are made.
    ///
    /// By default glibc returns tens of megabytes to the system after each batch and fetches them again page by page,
    /// which costs a lane under load 5 to 10 % of its CPU. The price is that the process stays as large as its largest
    /// batch. Whoever has tuned the allocator in the environment knows better, and other C libraries are left alone.
    ///
    /// - Returns: whether anything was changed.
    @discardableResult
    public static func keepBetweenBatches() -> Bool {
        let environment = ProcessInfo.processInfo.environment
        guard !tunables.contains(where: { environment[$0] != nil }) else { return false }
        // The first two together, since to set one pins the other to its default: larger arrays would be mapped anew
        // each time. The third, because threads besides the first have heaps of 64 MiB: without it each grows by a few
        // pages at a time, and one that becomes empty is given back whole, whatever the first says.
        return habeas_keep_freed_memory(512 << 20, 32 << 20, 128 << 20) == 1
    }

    /// Gives back to the system what is free just now, whatever is kept otherwise: after something that needed much
    /// more than any batch will. Takes some tens of milliseconds for 256 MiB.
    static func giveBack() { habeas_return_freed_memory() }
}
