import Contract
import SagaKernel
import Testing

@testable import Connectors

@Suite struct RetentionTests {
    private static let start = Timestamp(milliseconds: 1_793_000_000_000)

    private func perform(
        _ settings: String, _ action: TaskAction = .erase, afterMs: Int64 = 0, continuation: String? = nil
    ) async -> Acknowledgement.Verdict {
        let connector = RetentionConnector(name: "retention") { Self.start.adding(milliseconds: afterMs) }
        return await connector.perform(TaskMaking.task(action, settings: settings, continuation: continuation))
    }

    @Test func `data expire after the retention and its margin, and not before`() async throws {
        let day = Milliseconds.day
        for (settings, lengthMs) in [
            (#"{"retention":"P7D"}"#, 8 * day), (#"{"retention":"P7D","margin":"PT0S"}"#, 7 * day),
            (#"{"retention":"PT1H","margin":"PT2H"}"#, day / 8), (#"{"retention":"PT0S","margin":"PT0S"}"#, 0),
        ] {
            let first = await perform(settings)
            guard lengthMs > 0 else {
                #expect(first.completion?.outcome == .expired)
                continue
            }
            let wait = try #require(first.wait)
            #expect(wait.reason == .retention)
            #expect(wait.resumeAt == Self.start.adding(milliseconds: lengthMs))
            let early = await perform(settings, afterMs: lengthMs - 1, continuation: wait.continuation)
            #expect(early.wait?.resumeAt == wait.resumeAt)
            let late = await perform(settings, afterMs: lengthMs, continuation: wait.continuation)
            #expect(late.completion?.outcome == .expired)
            #expect(late.completion?.verified == Verified.none)
        }
    }

    @Test(arguments: [
        ("{}", "settings.retention: missing"), (#"{"retention":"soon"}"#, "settings.retention"),
        (#"{"retention":7}"#, "settings.retention"), (#"{"retention":"P1D","margin":"x"}"#, "settings.margin"),
        (#"{"retention":"P1D","margin":1}"#, "settings.margin"),
    ]) func `a wait without a length is refused by its key`(settings: String, detail: String) async throws {
        let failure = try #require(await perform(settings).failure)
        #expect(failure.code == .invalidTask)
        #expect(!failure.retryable)
        #expect(failure.detail.hasPrefix(detail))
    }

    @Test func `what a connector can only wait for is neither exported nor verified`() async {
        for action in [TaskAction.export, .verify] {
            #expect(await perform(#"{"retention":"P1D"}"#, action).failure?.code == .unsupported)
        }
    }

    @Test func `another connector's continuation does not shorten the wait`() async {
        let verdict = await perform(#"{"retention":"P1D"}"#, continuation: "erased=3")
        #expect(verdict.failure?.code == .invalidTask)
    }
}
