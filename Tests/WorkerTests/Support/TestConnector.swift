import Contract
import SagaKernel
import Synchronization

@testable import Worker

/// A connector that does what the test says, and counts.
final class TestConnector: Connector {
    let name: String
    private let body: @Sendable (WorkerTask) async -> Acknowledgement.Verdict
    private let state = Mutex<(begun: [WorkerTask], working: Int, most: Int)>(([], 0, 0))

    init(
        name: String = "test",
        _ body: @escaping @Sendable (WorkerTask) async -> Acknowledgement.Verdict = { _ in TestConnector.erased }
    ) {
        self.name = name
        self.body = body
    }

    /// One that erases as soon as the turnstile opens.
    static func waiting(at turnstile: Turnstile) -> TestConnector {
        TestConnector { _ in
            await turnstile.pass()
            return erased
        }
    }

    static let erased = Acknowledgement.Verdict.completed(
        Completion(outcome: .erased, recordCount: 1, verified: .readBack))

    var begun: [WorkerTask] { state.withLock { $0.begun } }
    /// The most that were at work at once.
    var most: Int { state.withLock { $0.most } }

    func perform(_ task: WorkerTask) async -> Acknowledgement.Verdict {
        state.withLock { state in
            state.begun.append(task)
            state.working += 1
            state.most = max(state.most, state.working)
        }
        let verdict = await body(task)
        state.withLock { $0.working -= 1 }
        return verdict
    }
}

/// Holds whoever passes until it is opened.
final class Turnstile: Sendable {
    private let promise = Promise<Bool>()

    func open() { promise.keep(true) }

    func pass() async { _ = await promise.value }

    /// Returns when opened, or when the calling task is cancelled.
    func passUnlessCancelled() async {
        await withTaskCancellationHandler {
            _ = await promise.value
        } onCancel: {
            promise.keep(false)
        }
    }
}

final class TestObserver: WorkerObserver {
    private let seen = Mutex<[WorkerEvent]>([])

    var events: [WorkerEvent] { seen.withLock { $0 } }

    func observe(_ event: WorkerEvent) { seen.withLock { $0.append(event) } }
}
