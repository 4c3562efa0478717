#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Folder {
    /// Takes the folder's lock, asking again for at most `waitSeconds`; false when another worker keeps it, or the work
    /// is cancelled.
    ///
    /// There is no call that waits for such a lock with a deadline, hence the short naps. They hold up this thread
    /// only, which does nothing but this task's file work.
    borrowing func lock(waitSeconds: Int64, isCancelled: () -> Bool) throws(FileFailure) -> Bool {
        let deadline = ContinuousClock.now + .seconds(waitSeconds)
        while true {
            if try descriptor.tryLock() { return true }
            guard ContinuousClock.now < deadline, !isCancelled() else { return false }
            usleep(10_000)
        }
    }
}

extension Descriptor {
    /// Takes the advisory lock of an open file or folder; false when somebody else has it. It goes with the descriptor.
    borrowing func tryLock() throws(FileFailure) -> Bool {
        while flock(number, LOCK_EX | LOCK_NB) != 0 {
            if errno == EWOULDBLOCK { return false }
            guard errno == EINTR else { throw .last(.lock) }
        }
        return true
    }

    borrowing func unlock() {
        // Cannot fail for a descriptor that holds the lock.
        _ = flock(number, LOCK_UN)
    }

    /// Gives a new file the owner, the rights and the time of last modification of the one that it replaces: rules of
    /// age, such as a retention by lifecycle, must see no difference.
    borrowing func adopt(_ facts: FileFacts) throws(FileFailure) {
        let own = try self.facts()
        if own.owner != facts.owner || own.group != facts.group {
            guard fchown(number, uid_t(facts.owner), gid_t(facts.group)) == 0 else { throw .last(.write) }
        }
        guard fchmod(number, mode_t(facts.mode & 0o7777)) == 0 else { throw .last(.write) }
        let modified = timespec(tv_sec: Int(facts.modified.seconds), tv_nsec: Int(facts.modified.nanoseconds))
        guard futimens(number, [modified, modified]) == 0 else { throw .last(.write) }
    }
}
