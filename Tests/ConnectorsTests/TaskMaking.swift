import Contract
import SagaKernel

@testable import Connectors

/// Tasks with everything in them that a test does not care about.
enum TaskMaking {
    static let requestID = RequestID("a7551968-d5d6-44b2-9831-815ac9017798")!
    static let hub = "contoso.azure-devices.net"

    static func task(
        _ action: TaskAction, settings: String, subjects: [Subject] = [Subject(hub: hub, deviceID: "dev1")],
        continuation: String? = nil
    ) -> WorkerTask {
        WorkerTask(
            taskID: "\(requestID)/archive/\(action.rawValue)", requestID: requestID, epoch: 1, attempt: 1,
            action: action,
            endpoint: .init(
                id: "archive", kind: "directory", hub: hub, resourceID: nil, settingsJSON: settings),
            subjects: subjects,
            subjectRef: "hmac-sha256:" + String(repeating: "0", count: 64), continuation: continuation,
            due: Timestamp(milliseconds: 1_800_000_000_000), replyTopic: "habeas.acks", replyPartition: 3,
            traceparent: nil)
    }

    static func directoryTask(
        _ action: TaskAction, _ tree: TemporaryTree, layout: String = "routed_messages", more: String = "",
        subjects: [Subject] = [Subject(hub: hub, deviceID: "dev1")], continuation: String? = nil
    ) -> WorkerTask {
        // Tests write the files that they erase.
        let isYoung = layout == "routed_messages" && !more.contains("minimum_age_seconds")
        let fields = [#""minimum_age_seconds":0"#].filter { _ in isYoung } + [more].filter { !$0.isEmpty }
        return task(
            action,
            settings: #"{"path":"\#(tree.path)","layout":"\#(layout)"\#(fields.map { "," + $0 }.joined())}"#,
            subjects: subjects, continuation: continuation)
    }

    /// A line as message routing writes it, without line feed.
    static func message(_ device: String, body: String = #"{"t":21}"#, hub: String? = nil) -> String {
        let hubPart = hub.map { #","iotHubName":"\#($0)""# } ?? ""
        return #"{"EnqueuedTimeUtc":"2026-11-02T15:00:00.0000000Z","Properties":{},"SystemProperties":"#
            + #"{"connectionDeviceId":"\#(device)","enqueuedTime":"2026-11-02T15:00:00Z"\#(hubPart)},"Body":\#(body)}"#
    }
}

extension Acknowledgement.Verdict {
    var completion: Completion? {
        guard case .completed(let completion) = self else { return nil }
        return completion
    }

    var failure: (code: TaskErrorCode, retryable: Bool, detail: String)? {
        guard case .failed(let error, let retryable, _) = self else { return nil }
        return (error.code, retryable, error.detail ?? "")
    }

    var retryAfterMs: Int64? {
        guard case .failed(_, _, let delay) = self else { return nil }
        return delay
    }

    var wait: (reason: PendingReason, resumeAt: Timestamp?, continuation: String?)? {
        guard case .pending(let reason, let resumeAt, let continuation) = self else { return nil }
        return (reason, resumeAt, continuation)
    }
}
