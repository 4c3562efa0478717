import Dispatch
import Foundation

/// Virtual time, and everything that happens in it, in one order.
///
/// A coordinator's lane is plain blocking code, and it is simulated unchanged; so every lane has a thread of its own.
/// But only one thread runs at any moment: the one that has the baton. Whoever waits in virtual time works off the
/// queue until its own moment comes or the next happening belongs to another fiber, which then gets the baton. Nothing
/// therefore depends on the real scheduler, and a run with the same seed is the same run.
///
/// The classes of a simulation are `@unchecked Sendable` for this reason alone: the baton is their lock.
final class Scheduler: @unchecked Sendable {
    private enum What {
        case run(() -> Void)
        case resume(Fiber, ticket: Int)
    }

    private struct Happening {
        var atMs: Int64
        /// Of two at the same moment the one that was planned first comes first.
        var sequence: Int
        var what: What

        func precedes(_ other: Happening) -> Bool { (atMs, sequence) < (other.atMs, other.sequence) }
    }

    /// Milliseconds since the simulation began.
    private(set) var nowMs: Int64 = 0
    /// Happenings so far, for progress and for the limit of a run.
    private(set) var count = 0
    private var queue: [Happening] = []
    private var sequence = 0
    private var running: [Fiber] = []

    /// Plans something for `delayMs` from now.
    func after(_ delayMs: Int64, _ body: @escaping () -> Void) {
        plan(.run(body), atMs: nowMs + max(0, delayMs))
    }

    /// Starts a fiber; its body begins when its turn comes.
    func spawn(_ name: String, _ body: @escaping () -> Void) -> Fiber {
        let fiber = Fiber(name: name)
        running.append(fiber)
        let start = UncheckedBody { [self] in
            fiber.gate.wait()
            body()
            running.removeAll { $0 === fiber }
            pass(from: nil)
        }
        let thread = Thread { start.body() }
        thread.stackSize = 4 << 20
        thread.start()
        plan(.resume(fiber, ticket: fiber.ticket), atMs: nowMs)
        return fiber
    }

    /// Lets virtual time pass until `deadlineMs`, or until somebody wakes the fiber. Called on the fiber's thread.
    func park(_ fiber: Fiber, untilMs deadlineMs: Int64) {
        fiber.isParked = true
        plan(.resume(fiber, ticket: fiber.ticket), atMs: max(nowMs, deadlineMs))
        pass(from: fiber)
    }

    /// Ends the present wait of a fiber; one that does not wait goes on as it is.
    func wake(_ fiber: Fiber) {
        guard fiber.isParked else { return }
        plan(.resume(fiber, ticket: fiber.ticket), atMs: nowMs)
    }

    /// Forgets whatever has not happened yet, and with it what that holds.
    func clear() { queue = [] }

    /// Works off the queue until the baton is another's, or `fiber`'s own moment has come.
    private func pass(from fiber: Fiber?) {
        while let happening = popFirst() {
            nowMs = max(nowMs, happening.atMs)
            count += 1
            switch happening.what {
            case .run(let body): body()
            case .resume(let next, let ticket):
                guard ticket == next.ticket else { continue }
                // Whatever else was to end this wait has come too late.
                next.ticket += 1
                next.isParked = false
                if next === fiber { return }
                next.gate.signal()
                // A fiber that has ended gives the baton away for good.
                fiber?.gate.wait()
                return
            }
        }
    }

    private func plan(_ what: What, atMs: Int64) {
        sequence += 1
        queue.append(Happening(atMs: atMs, sequence: sequence, what: what))
        var child = queue.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard queue[child].precedes(queue[parent]) else { return }
            queue.swapAt(child, parent)
            child = parent
        }
    }

    private func popFirst() -> Happening? {
        guard let first = queue.first else { return nil }
        queue.swapAt(0, queue.count - 1)
        queue.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < queue.count && queue[child].precedes(queue[least]) {
                least = child
            }
            guard least != parent else { return first }
            queue.swapAt(parent, least)
            parent = least
        }
    }
}

/// Code that waits in virtual time, on a thread of its own.
final class Fiber: @unchecked Sendable {
    let name: String
    fileprivate let gate = DispatchSemaphore(value: 0)
    /// Which wait is the present one: whatever was to end an earlier one comes too late.
    fileprivate var ticket = 0
    fileprivate var isParked = true

    init(name: String) { self.name = name }
}

/// Carries a closure to the thread that runs it, under the baton.
private struct UncheckedBody: @unchecked Sendable {
    var body: () -> Void
}
