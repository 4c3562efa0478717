import Contract
import SagaKernel
import Synchronization

/// A hub's identity registry that is a file.
struct DemoRegistry: Connector {
    let name = "demo-registry"
    let scene: DemoScene

    func perform(_ task: WorkerTask) async -> Acknowledgement.Verdict {
        do {
            let devices = try scene.readRegistry()
            let named = Set(task.subjects.map(\.deviceID))
            let found = devices.filter(named.contains)
            switch task.action {
            case .erase:
                try scene.writeRegistry(devices.filter { !named.contains($0) })
                let outcome: Outcome = found.isEmpty ? .alreadyAbsent : .erased
                return .completed(
                    Completion(
                        outcome: outcome, recordCount: Int64(found.count), method: "delete", verified: .readBack))
            case .export:
                return .completed(
                    Completion(outcome: found.isEmpty ? .noData : .exported, recordCount: Int64(found.count)))
            case .verify:
                return .completed(Completion(outcome: found.isEmpty ? .absent : .reappeared))
            }
        } catch {
            let refused = TaskError(code: .internal, detail: "the registry's file")
            return .failed(refused, retryable: true, retryAfterMs: nil)
        }
    }
}

/// A store that refuses its worker until the key is mended.
final class DemoColdStore: Connector {
    let name = "demo-cold-store"
    private let isMended = Mutex(false)

    func mend() { isMended.withLock { $0 = true } }

    func perform(_ task: WorkerTask) async -> Acknowledgement.Verdict {
        guard isMended.withLock({ $0 }) else {
            let refused = TaskError(code: .forbidden, detail: "the key was rotated")
            return .failed(refused, retryable: false, retryAfterMs: nil)
        }
        return .completed(Completion(outcome: .erased, recordCount: 7, method: "delete", verified: .selfReported))
    }
}

/// The partner: takes a task at first, and has done it when asked again.
final class DemoOwner: Sendable {
    private let calls = Mutex<[String: Int]>([:])

    /// - Returns: the status, the seconds to wait, and the body of the answer to a task.
    func answer(taskID: String, isErasure: Bool) -> (status: Int, retryAfterSeconds: Int?, body: String) {
        let call = calls.withLock { calls in
            calls[taskID, default: 0] += 1
            return calls[taskID] ?? 1
        }
        guard call > 1 else { return (202, 2, "{}") }
        let outcome = isErasure ? "erased" : "no_data"
        return (200, nil, #"{"status":"completed","outcome":"\#(outcome)","record_count":2}"#)
    }
}
