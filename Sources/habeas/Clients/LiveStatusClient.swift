import Connectors

/// The status API over HTTP.
enum LiveStatusClient {
    static func make(_ section: APISection) -> StatusClient {
        make(baseURL: section.baseURL, timeoutMs: section.timeoutMs)
    }

    static func make(baseURL: String, timeoutMs: Int64) -> StatusClient {
        StatusClient(
            baseURL: baseURL,
            get: { path in
                do {
                    // A client for each question: the questions are seconds apart, and nothing is left to be closed.
                    return try await HTTPFetcher.with(timeoutMs: timeoutMs) { fetcher in
                        let answer = try await fetcher.get(baseURL + path)
                        return HTTPReply(code: answer.status, body: answer.body, date: answer.header("Date"))
                    }
                } catch let fault as HTTPFault {
                    throw StatusFailure.unreachable(url: baseURL, reason: reason(fault, timeoutMs))
                }
            })
    }

    private static func reason(_ fault: HTTPFault, _ timeoutMs: Int64) -> String {
        switch fault {
        case .badAddress: "it is not an address that can be called"
        case .timeout: "there was no answer within \(SettingDuration.format(timeoutMs))"
        case .bodyTooLarge: "the answer is too large; ask for fewer with --limit"
        case .unreachable(let reason): reason
        case .cancelled: "the call was cancelled"
        }
    }
}
