/// Asks for documents over HTTP: the status API's client, for one.
///
/// Close it when it is not needed any more; `with` does.
public struct HTTPFetcher: Sendable {
    private let exchange = HTTPExchange()
    private let timeoutMs: Int64
    private let bodyBytesMax: Int

    /// - Parameters:
    ///   - timeoutMs: from the call to the last byte of the answer; at least 1.
    ///   - bodyBytesMax: a longer answer is `bodyTooLarge`.
    public init(timeoutMs: Int64 = 10_000, bodyBytesMax: Int = 16 << 20) {
        self.timeoutMs = max(1, timeoutMs)
        self.bodyBytesMax = bodyBytesMax
    }

    /// Makes a fetcher, lends it, closes it.
    public static func with<Value>(
        timeoutMs: Int64 = 10_000, bodyBytesMax: Int = 16 << 20, _ body: (HTTPFetcher) async throws -> Value
    ) async throws -> Value {
        let fetcher = HTTPFetcher(timeoutMs: timeoutMs, bodyBytesMax: bodyBytesMax)
        do {
            let value = try await body(fetcher)
            await fetcher.close()
            return value
        } catch {
            await fetcher.close()
            throw error
        }
    }

    /// Any status is an answer; only what is none is thrown.
    public func get(_ url: String, headers: [HTTPAnswer.Header] = []) async throws(HTTPFault) -> HTTPAnswer {
        try await exchange.send(
            HTTPExchange.Call(
                url: url, headers: headers.map { ($0.name, $0.value) }, timeoutMs: timeoutMs,
                bodyBytesMax: bodyBytesMax))
    }

    public func close() async {
        await exchange.close()
    }
}
