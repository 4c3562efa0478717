import Kafka
import RecordLog
import Testing

extension KafkaTests {
    /// What the lane's log makes of a broker's errors. The embedded broker accepts transactions without having any,
    /// which is enough to answer them with errors.
    @Suite struct EmbeddedTransactionErrors {
        /// The case of a failure, without its text.
        enum Verdict: Equatable {
            case committed, retriable, abortRequired, outcomeUnknown, partitionsLost, fenced, fatal

            init(_ failure: LogFailure?) {
                switch failure {
                case nil: self = .committed
                case .retriable: self = .retriable
                case .abortRequired: self = .abortRequired
                case .outcomeUnknown: self = .outcomeUnknown
                case .partitionsLost: self = .partitionsLost
                case .fenced: self = .fenced
                case .fatal: self = .fatal
                }
            }
        }

        struct Answer: CustomTestStringConvertible {
            var request: EmbeddedBroker.Request
            var errors: [Int16]
            var verdict: Verdict
            var testDescription: String { "\(request) \(errors) is \(verdict)" }

            init(_ request: EmbeddedBroker.Request, _ errors: [Int16], _ verdict: Verdict) {
                self.request = request
                self.errors = errors
                self.verdict = verdict
            }
        }

        static let answers: [Answer] = [
            // ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, GROUP_AUTHORIZATION_FAILED
            Answer(.transactionalOffsetCommit, [22], .partitionsLost),
            Answer(.transactionalOffsetCommit, [25], .partitionsLost),
            Answer(.transactionalOffsetCommit, [82], .fenced),
            Answer(.transactionalOffsetCommit, [30], .fatal),
            // COORDINATOR_LOAD_IN_PROGRESS twice: passes while the call waits.
            Answer(.transactionalOffsetCommit, [14, 14], .committed),
            // TRANSACTIONAL_ID_AUTHORIZATION_FAILED, CONCURRENT_TRANSACTIONS
            Answer(.addOffsetsToTransaction, [53], .fatal),
            Answer(.addOffsetsToTransaction, [51], .committed),
            // INVALID_RECORD, INVALID_PRODUCER_EPOCH, NOT_LEADER_FOR_PARTITION, MSG_SIZE_TOO_LARGE
            Answer(.produce, [87], .abortRequired),
            Answer(.produce, [47], .fenced),
            Answer(.produce, [6, 6], .committed),
            Answer(.produce, [10], .fatal),
            // INVALID_PRODUCER_EPOCH, PRODUCER_FENCED, NOT_COORDINATOR, INVALID_TXN_STATE, UNKNOWN_SERVER_ERROR
            Answer(.endTransaction, [47], .fenced),
            Answer(.endTransaction, [90], .fenced),
            Answer(.endTransaction, [16], .committed),
            Answer(.endTransaction, [48], .outcomeUnknown),
            Answer(.endTransaction, [-1], .abortRequired),
        ]

        let lines = LogLines()

        private func started(_ broker: EmbeddedBroker, _ change: (inout KafkaSettings) -> Void = { _ in }) throws
            -> (lane: TestLane, sagas: Int)
        {
            var settings = broker.settings
            settings.guarantee = .exactlyOnce
            change(&settings)
            let lane = try TestLane(settings, group: "g", inputs: ["requests"], lines: lines)
            try lane.start()
            return (lane, try lane.log.output(topic: "sagas"))
        }

        @Test func `every answer of a broker says what the lane is to do next`() throws {
            let broker = try EmbeddedBroker(topics: ["requests": 1, "sagas": 1])
            for answer in Self.answers {
                let (lane, sagas) = try started(broker)
                try lane.log.begin()
                broker.answer(answer.request, with: answer.errors)
                try lane.produce(sagas, 0, "k", "v")
                let refused = failure {
                    try lane.log.commit(positions: [InputPosition(topic: 0, partition: 0, offset: 1)])
                }
                #expect(
                    Verdict(refused) == answer.verdict, "\(answer.testDescription), not \(String(describing: refused))")
                broker.forgetErrors(of: answer.request)
                switch Verdict(refused) {
                case .committed, .fenced, .fatal: break
                case .retriable, .abortRequired, .partitionsLost:
                    try lane.log.abort()
                    try commitOnce(lane, sagas)
                case .outcomeUnknown:
                    #expect(failure { try lane.log.begin() } != nil)
                    try lane.log.recycleProducer()
                    try commitOnce(lane, sagas)
                }
                lane.log.leave()
            }
        }

        private func commitOnce(_ lane: TestLane, _ sagas: Int) throws {
            try lane.log.begin()
            try lane.produce(sagas, 0, "k", "v")
            try lane.log.commit(positions: [])
        }

        @Test func `a commit that nobody answers is neither done nor undone`() throws {
            let broker = try EmbeddedBroker(topics: ["requests": 1, "sagas": 1])
            let (lane, sagas) = try started(broker) {
                $0.operationTimeoutMs = 2000
                $0.leaveTimeoutMs = 2000
            }
            defer { lane.log.leave() }
            // Without partitions no offsets are sent, so that what goes unanswered is the commit itself.
            try lane.log.unassign()
            try lane.log.begin()
            try lane.produce(sagas, 0, "k", "v")
            // REQUEST_TIMED_OUT: whether it was done is not said. Sent again, it is delayed beyond the deadline.
            broker.setRoundTrip(ofBroker: 1, ms: 1800)
            let refused = failure { try lane.log.commit(positions: []) }
            #expect(Verdict(refused) == .outcomeUnknown, "\(String(describing: refused))")
            broker.setRoundTrip(ofBroker: 1, ms: 0)
            try lane.log.recycleProducer()
            try commitOnce(lane, sagas)
        }

        @Test func `after an end so slow that it may have been asked for twice the producer begins anew`() throws {
            let broker = try EmbeddedBroker(topics: ["requests": 1, "sagas": 1])
            let (lane, sagas) = try started(broker)
            defer { lane.log.leave() }
            try commitOnce(lane, sagas)
            try lane.log.begin()
            #expect(!lines.all.contains { $0.contains("RECYCLE") })
            try lane.produce(sagas, 0, "k", "v")
            broker.setRoundTrip(ofBroker: 1, ms: 700)
            try lane.log.commit(positions: [])
            broker.setRoundTrip(ofBroker: 1, ms: 0)
            try commitOnce(lane, sagas)
            #expect(lines.all.contains { $0.contains("RECYCLE") })
        }

        @Test func `leaving does not wait for an assignment that was never answered`() throws {
            let broker = try EmbeddedBroker(topics: ["requests": 1, "sagas": 1])
            let lane = try TestLane(broker.settings, group: "g", inputs: ["requests"])
            try lane.log.join()
            _ = try lane.awaitAssignment()
            let started = ContinuousClock.now
            lane.log.leave()
            #expect(ContinuousClock.now - started < .seconds(3))
        }

        @Test func `at-least-once works without idempotence`() throws {
            let broker = try EmbeddedBroker(topics: ["requests": 1, "sagas": 1])
            let (lane, sagas) = try started(broker) {
                $0.guarantee = .atLeastOnce
                $0.properties["enable.idempotence"] = "false"
            }
            defer { lane.log.leave() }
            try commitOnce(lane, sagas)
        }
    }
}
