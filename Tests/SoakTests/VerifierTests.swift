import Contract
import SagaKernel
import Testing

@testable import habeas_soak

/// One way to spoil a story, and what the verifier must say of it.
struct Spoilt: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var kind: SoakFault.Kind
    var spoil: @Sendable (inout Story) -> Void

    init(_ what: String, _ kind: SoakFault.Kind, _ spoil: @escaping @Sendable (inout Story) -> Void) {
        testDescription = what
        self.kind = kind
        self.spoil = spoil
    }
}

struct VerifierTests {
    @Test(arguments: [true, false])
    func `a story in which everything went well has no faults`(isExactlyOnce: Bool) {
        #expect(Story().kinds(isExactlyOnce: isExactlyOnce).isEmpty)
    }

    @Test(arguments: lost + extra + contradicting)
    func `a planted fault is found`(_ planted: Spoilt) {
        var story = Story()
        planted.spoil(&story)
        #expect(story.kinds().contains(planted.kind))
    }

    @Test(arguments: justified)
    func `what an answer calls for is no fault`(_ justified: Spoilt) {
        var story = Story()
        justified.spoil(&story)
        #expect(!story.kinds().contains(justified.kind))
    }

    @Test func `at least once a task and a status may come twice`() {
        var story = Story()
        story.task(Story.erasure, "cache/erase")
        story.status(Story.erasure, 2, "in_progress", tasks: [])
        #expect(story.kinds(isExactlyOnce: false).isEmpty)
        #expect(story.kinds() == [.repeatedAttempt, .statusWentBack])
    }

    @Test func `at least once an attempt may have been sent of which its status does not know`() {
        var story = Story()
        story.pass(ms: SoakCatalogue.ackTimeoutMs)
        story.task(Story.erasure, "cache/erase", attempt: 2)
        #expect(story.kinds(isExactlyOnce: false).isEmpty)
        #expect(story.kinds() == [.statusDisagrees])
        story.lose { $0.topic == .acks && String(decoding: $0.value ?? [], as: UTF8.self).contains("cache/") }
        #expect(story.kinds(isExactlyOnce: false) == [.completedTooEarly, .stageOrder])
    }

    @Test func `at least once an end may be withdrawn by the next owner, and by nobody else`() {
        var story = Story()
        story.status(Story.access, 2, "in_progress", tasks: [])
        #expect(story.kinds(isExactlyOnce: false).contains(.changedAfterEnd))
        story = Story()
        story.status(Story.access, 1, "in_progress", term: 2, tasks: [])
        #expect(!story.kinds(isExactlyOnce: false).contains(.changedAfterEnd))
        #expect(story.kinds(isExactlyOnce: false).contains(.unfinished))
        #expect(story.kinds().contains(.changedAfterEnd))
    }

    /// The account of a story whose ended requests were found in order.
    private func closed(_ story: Story, isExactlyOnce: Bool) -> (ledger: Ledger, verifier: Verifier) {
        var ledger = Ledger(isExactlyOnce: isExactlyOnce)
        for topic in SoakTopic.allCases {
            for record in story.records where record.topic == topic { ledger.take(record) }
        }
        let verifier = Verifier(isExactlyOnce: isExactlyOnce)
        verifier.close(&ledger)
        return (ledger, verifier)
    }

    /// The same version says nothing: it is another owner's.
    @Test(arguments: [(1, "in_progress", true), (2, "in_progress", true), (2, "completed", false)])
    func `at least once the next owner may show a closed end again, and not another state`(
        version: Int64, state: String, isFault: Bool
    ) {
        var story = Story()
        var (ledger, verifier) = closed(story, isExactlyOnce: false)
        let before = story.records.count
        story.status(Story.access, version, state, term: 2, tasks: [])
        for record in story.records[before...] { ledger.take(record) }
        #expect(verifier.faults(in: ledger).map(\.kind) == (isFault ? [.changedAfterEnd] : []))
    }

    @Test func `a request that has ended and was closed is still watched`() {
        var (ledger, verifier) = closed(Story(), isExactlyOnce: true)
        #expect(ledger.closed.count == 2)
        #expect(verifier.faults(in: ledger).isEmpty)
        var later = Story()
        let before = later.records.count
        later.task(Story.erasure, "cache/erase", attempt: 2)
        later.status(Story.access, 9, "failed", tasks: [])
        later.deadLetter(of: later.records[2], code: "missing_field")
        for record in later.records[before...] { ledger.take(record) }
        #expect(
            Set(verifier.faults(in: ledger).map(\.kind)) == [.extraTask, .changedAfterEnd, .repeatedDeadLetter])
    }
}

extension VerifierTests {
    static let lost = [
        Spoilt("a request without a status", .lostRequest) { $0.request(RequestID(high: 9, low: 9), .erasure) },
        Spoilt("a task that was never dispatched", .missingTask) { story in
            story.lose { $0.topic == .tasks && String(decoding: $0.value ?? [], as: UTF8.self).contains("cache/") }
        },
        Spoilt("an attempt between two others", .skippedAttempt) { $0.task(Story.erasure, "cache/erase", attempt: 3) },
        Spoilt("a dead letter", .lostDeadLetter) { story in story.lose { $0.topic == .deadLetters } },
        Spoilt("the rejection", .wrongRejection) { story in
            story.lose { $0.topic == .status && $0.key == Story.refused.description }
        },
        Spoilt("a status between two others", .statusGap) { story in
            story.lose {
                $0.topic == .status && String(decoding: $0.value ?? [], as: UTF8.self).contains("version\": 2")
            }
        },
        Spoilt("the first status", .statusGap) { story in
            story.lose { $0.topic == .status && $0.key == Story.erasure.description }
        },
        Spoilt("a snapshot", .snapshotDisagrees) { story in
            story.records.removeAll { $0.topic == .sagas && $0.key == Story.access.description }
        },
        Spoilt("the last status", .unfinished) { story in
            guard let last = story.lastStatus(Story.erasure) else { return }
            story.records.removeAll { $0.topic == .status && $0.offset == last.offset }
        },
        Spoilt("the copy that goes home", .forwarding) { $0.ack(Story.erasure, "cache/erase", partition: 0) },
    ]

    static let extra = [
        Spoilt("a task outside of the plan", .extraTask) { $0.task(Story.access, "cache/erase") },
        Spoilt("a task of a request that nobody sent", .foreignRecord) {
            $0.task(RequestID(high: 9, low: 9), "cache/erase")
        },
        Spoilt("a status of a request that nobody sent", .foreignRecord) {
            $0.status(RequestID(high: 9, low: 9), 1, "in_progress", tasks: [])
        },
        Spoilt("a snapshot of a request that nobody sent", .foreignRecord) {
            $0.snapshot(RequestID(high: 9, low: 9), 1)
        },
        Spoilt("an attempt twice", .repeatedAttempt) { $0.task(Story.erasure, "cache/erase") },
        Spoilt("an attempt that nothing called for", .unjustifiedAttempt) { story in
            story.task(Story.erasure, "cache/erase", attempt: 2, atMs: Story.start + 11_000)
        },
        Spoilt("an epoch that nothing called for", .unjustifiedEpoch) {
            $0.task(Story.erasure, "cache/erase", epoch: 2)
        },
        Spoilt("a status more often than its request", .repeatedStatus) { story in
            guard let last = story.lastStatus(Story.erasure) else { return }
            story.put(.status, key: last.key, value: last.value)
        },
        Spoilt("a dead letter of a good record", .foreignDeadLetter) { story in
            story.deadLetter(of: story.records[0], code: "malformed")
        },
        Spoilt("a dead letter with another code", .foreignDeadLetter) { story in
            story.deadLetter(of: story.records[2], code: "malformed")
        },
        Spoilt("a dead letter twice", .repeatedDeadLetter) { story in
            story.deadLetter(of: story.records[2], code: "missing_field")
        },
        Spoilt("a copy that was sent home twice", .forwarding) { story in
            story.ack(Story.erasure, "cache/erase", partition: 0)
            story.ack(Story.erasure, "cache/erase", isForwarded: true)
            story.ack(Story.erasure, "cache/erase", isForwarded: true)
        },
    ]

    static let contradicting = [
        Spoilt("a status that goes back", .statusWentBack) { $0.status(Story.erasure, 2, "in_progress", tasks: []) },
        Spoilt("an older owner's status", .statusWentBack) {
            $0.status(Story.erasure, 4, "completed", term: 0, tasks: [])
        },
        Spoilt("life after the end", .changedAfterEnd) { $0.status(Story.access, 2, "in_progress", tasks: []) },
        Spoilt("completed without an answer", .completedTooEarly) { story in
            story.lose { $0.topic == .acks && String(decoding: $0.value ?? [], as: UTF8.self).contains("cache/") }
        },
        Spoilt("completed in another epoch than the last", .completedTooEarly) {
            $0.task(Story.erasure, "cache/erase", epoch: 2)
        },
        Spoilt("failed without a reason", .unjustifiedFailure) { story in
            let request = RequestID(high: 9, low: 9)
            story.request(request, .access)
            let plan = SoakCatalogue.plans[.access]?.keys.sorted() ?? []
            for path in plan { story.task(request, path) }
            let tasks = plan.map { Story.ShownTask(path: $0, state: "failed", attempts: 1, error: "internal") }
            story.status(request, 1, "failed", tasks: tasks)
        },
        Spoilt("other attempts than were dispatched", .statusDisagrees) {
            $0.task(Story.erasure, "cache/erase", attempt: 2)
        },
        Spoilt("a refused request that goes on", .wrongRejection) {
            $0.status(Story.refused, 2, "in_progress", tasks: [])
        },
        Spoilt("a snapshot of another version", .snapshotDisagrees) { $0.snapshot(Story.access, 7) },
        Spoilt("a task away from home", .wrongPartition) {
            $0.task(Story.erasure, "cache/erase", attempt: 2, partition: 0)
        },
        Spoilt("logs before sinks", .stageOrder) { story in
            story.records.removeAll { record in
                record.topic == .tasks && String(decoding: record.value ?? [], as: UTF8.self).contains("access-log/")
            }
            story.task(Story.erasure, "access-log/erase", atMs: Story.start + 6_000)
        },
        Spoilt("sinks before the answer of the source", .stageOrder) { story in
            story.lose { $0.topic == .acks && String(decoding: $0.value ?? [], as: UTF8.self).contains("identity/") }
            story.ack(Story.erasure, "identity/erase")
        },
    ]

    static let justified = [
        Spoilt("an attempt after the time for the answer", .unjustifiedAttempt) { story in
            story.task(
                Story.erasure, "cache/erase", attempt: 2, atMs: Story.start + 15_000 + SoakCatalogue.ackTimeoutMs)
        },
        Spoilt("an attempt after a failure", .unjustifiedAttempt) { story in
            story.task(Story.erasure, "cache/erase", attempt: 2)
            story.ack(Story.erasure, "cache/erase", attempt: 2, says: Self.failed)
            story.pass(ms: 100)
            story.task(Story.erasure, "cache/erase", attempt: 3)
        },
        Spoilt("an epoch after a source that healed", .unjustifiedEpoch) { story in
            story.ack(
                Story.erasure, "identity/erase",
                says: #""status": "failed", "error": {"code": "internal", "retryable": false}"#)
            story.task(Story.erasure, "cache/erase", epoch: 2)
        },
        Spoilt("an epoch after data that came back", .unjustifiedEpoch) { story in
            story.ack(Story.erasure, "archive/verify-1", says: #""status": "completed", "outcome": "reappeared""#)
            story.task(Story.erasure, "archive/erase", epoch: 2)
        },
        Spoilt("an acknowledgement that was sent home", .forwarding) { story in
            story.ack(Story.erasure, "cache/erase", partition: 0)
            story.ack(Story.erasure, "cache/erase", isForwarded: true)
        },
        Spoilt("a refusal that was corrected in the same turn", .statusGap) { story in
            story.request(Story.erasure, .erasure, expect: "missing_field")
            story.lose { $0.topic == .status && $0.key == Story.erasure.description }
        },
        Spoilt("a status of a request that came twice", .repeatedStatus) { story in
            story.request(Story.erasure, .erasure)
            guard let last = story.lastStatus(Story.erasure) else { return }
            story.put(.status, key: last.key, value: last.value)
        },
    ]

    private static let failed = #""status": "failed", "error": {"code": "internal", "retryable": true}"#
}
