import Foundation
import SagaKernel

/// What the status API shows: whether it is there, ready, and agrees about the time.
struct APIChecks {
    var client: StatusClient
    var now: @Sendable () -> Timestamp

    /// Beyond this, deadlines and relative times on this machine mislead.
    static let tolerableSkewMs = 5 * Milliseconds.second

    func run() async -> [DoctorCheck] {
        let reply: HTTPReply
        do {
            reply = try await client.fetch("/readyz")
        } catch {
            return [
                .fail(
                    "api", "Status API", APIChecks.reason(error),
                    "start a coordinator, or give its address with --api"),
                .skipped("clocks", "Clocks", "there is no other clock to compare with"),
            ]
        }
        return [ready(reply), clocks(reply)]
    }

    private static func reason(_ failure: StatusFailure) -> String {
        switch failure {
        case .unreachable(let url, let reason): "\(url) cannot be reached: \(reason)"
        case .problem, .unreadable: failure.message
        }
    }

    private func ready(_ reply: HTTPReply) -> DoctorCheck {
        switch reply.code {
        case 200: .ok("api", "Status API", "\(client.baseURL) is ready")
        case 503:
            .warn(
                "api", "Status API", "\(client.baseURL) is there and not ready yet",
                "it restores its partitions and its read model; look again in a minute")
        default:
            .fail(
                "api", "Status API", "\(client.baseURL) answered \(reply.code)",
                "give the coordinator's address with --api")
        }
    }

    private func clocks(_ reply: HTTPReply) -> DoctorCheck {
        let title = "Clocks"
        guard let text = reply.date, let theirs = HTTPDate.parse(text) else {
            return .skipped("clocks", title, "the API does not tell its time")
        }
        // The header has whole seconds: half a second is nobody's fault.
        let skew = now().milliseconds(since: theirs)
        guard skew.magnitude > UInt64(APIChecks.tolerableSkewMs) else {
            return .ok("clocks", title, "this machine and the coordinator agree within 5 s")
        }
        return .warn(
            "clocks", title,
            "this machine is \(RelativeTime.span(skew)) \(skew > 0 ? "ahead of" : "behind") the coordinator",
            "let both follow NTP: deadlines and submitted_time are read against the coordinator's clock")
    }
}

/// `Sat, 21 Nov 2026 09:37:43 GMT`, the one form that servers send.
enum HTTPDate {
    static func parse(_ text: String) -> Timestamp? {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        return formatter.date(from: text).map { Timestamp(milliseconds: Int64($0.timeIntervalSince1970 * 1_000)) }
    }
}
