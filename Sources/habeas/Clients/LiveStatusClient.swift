import Connectors

/// The status API over HTTP.
enum LiveStatusClient {
    static func make(_ section: APISection) -> StatusClient {
        StatusClient(
            baseURL: section.baseURL,
            get: { path in
                do {
                    // A client for each question: the questions are seconds apart, and nothing is left to be closed.
                    return try await HTTPFetcher.with(timeoutMs: section.timeoutMs) { fetcher in
                        let answer = try await fetcher.get(section.baseURL + path)
                        return HTTPReply(code: answer.status, body: answer.body, date: answer.header("Date"))
                    }
                } catch let fault as HTTPFault {
                    throw StatusFailure.unreachable(url: section.baseURL, reason: reason(fault, section))
                }
            })
    }

    private static func reason(_ fault: HTTPFault, _ section: APISection) -> String {
        switch fault {
        case .badAddress: "it is not an address that can be called"
        case .timeout: "there was no answer within \(SettingDuration.format(section.timeoutMs))"
        case .bodyTooLarge: "the answer is too large; ask for fewer with --limit"
        case .unreachable(let reason): reason
        case .cancelled: "the call was cancelled"
        }
    }
}
