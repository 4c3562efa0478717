/// The status API over HTTP.
enum LiveStatusClient {
    static func make(_ section: APISection) -> StatusClient {
        StatusClient(
            baseURL: section.baseURL,
            get: { _ in throw StatusFailure.unreachable(url: section.baseURL, reason: "no HTTP client yet") })
    }
}
