import Dispatch

/// Calls that block, kept off the threads that run async code.
enum BlockingCall {
    private static let queue = DispatchQueue(label: "habeas.blocking", attributes: .concurrent)

    static func run<Answer: Sendable>(_ call: @escaping @Sendable () -> Answer) async -> Answer {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: call()) }
        }
    }

    static func run<Answer: Sendable>(_ call: @escaping @Sendable () throws -> Answer) async throws -> Answer {
        let result: Result<Answer, any Error> = await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: Result { try call() }) }
        }
        return try result.get()
    }
}
