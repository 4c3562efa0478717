import Synchronization

/// What other threads may tell a lane. It looks at the start of every turn.
public final class LaneMailbox: Sendable {
    private struct Contents {
        var isStopping = false
        var plans: LanePlans?
        var wake: (@Sendable () -> Void)?
    }

    private let contents = Mutex(Contents())

    public init() {}

    /// Finish or abort the turn under way, leave, and end.
    public func stop() {
        let wake = contents.withLock { contents in
            contents.isStopping = true
            return contents.wake
        }
        wake?()
    }

    /// Plan new requests with this catalogue, and tell running sagas that theirs is outdated.
    public func reload(_ plans: LanePlans) {
        let wake = contents.withLock { contents in
            contents.plans = plans
            return contents.wake
        }
        wake?()
    }

    public var isStopping: Bool { contents.withLock { $0.isStopping } }

    func takePlans() -> LanePlans? {
        contents.withLock { contents in
            defer { contents.plans = nil }
            return contents.plans
        }
    }

    /// Plans that could not be looked at yet; newer ones go before.
    func putBack(_ plans: LanePlans) {
        contents.withLock { contents in
            if contents.plans == nil { contents.plans = plans }
        }
    }

    /// How to interrupt a lane that waits for records.
    func onPost(_ wake: (@Sendable () -> Void)?) { contents.withLock { $0.wake = wake } }
}
