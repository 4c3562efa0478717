import RecordLog
import Testing

@testable import Kafka

extension KafkaTests {
    @Suite(.enabled(if: TestBroker.bootstrap != nil, TestBroker.reason)) struct Sessions {
        /// What a client is whose session has ended by its own clock, while its broker was away: it has no member id
        /// any more, and the group, which slept as long as the broker did, still has a member of its name.
        @Test func `a member without a session commits nothing, and is not taken for one that was replaced`() throws {
            let topics = try TestBroker.topics(["in": 1])
            defer { topics.delete() }
            let settings = try TestBroker.settings(.atLeastOnce)
            let known = try TestLane(settings, group: topics.group, instance: "one", inputs: [topics["in"]])
            defer { known.log.leave() }
            try known.start()
            let consumer = try LaneConsumer(
                settings: settings, group: topics.group, instanceID: "one.0", inputs: [topics["in"]], gatherMs: 0,
                log: { _ in })
            defer { consumer.close(within: Deadline(afterMs: 5_000)) }
            let position = InputPosition(topic: 0, partition: 0, offset: 0)
            let error = try #require(consumer.commit([position], within: Deadline(afterMs: 10_000)))
            #expect(error.meaning == .partitionsLost, "\(error.name)")
            #expect(ClientError.fatal(of: consumer.client.pointer) == nil)
        }

        /// A session that ends by the client's clock and not by the group's: the client hears of no heartbeat in time,
        /// as if its broker were away, and the group knows the member to be alive by its commits.
        private func endSession(of lane: TestLane) throws {
            let position = InputPosition(topic: 0, partition: 0, offset: 0)
            _ = try eventually("the end of the session") { () -> Bool? in
                lane.log.consumer.commit([position], within: Deadline(afterMs: 5_000)) == nil ? nil : true
            }
            #expect(!lane.log.consumer.client.isMember)
        }

        /// The heartbeat that librdkafka sends without a member id, since the lane has not answered the revocation.
        private func awaitFence(of lane: TestLane, _ topic: String) throws {
            _ = try eventually("the fence") { () -> Bool? in
                _ = try lane.log.partitionCount(topic: topic)
                return ClientError.fatal(of: lane.log.consumer.client.pointer).map { $0.meaning == .fenced }
            }
        }

        private func settings(_ guarantee: KafkaGuarantee) throws -> KafkaSettings {
            var settings = try TestBroker.settings(guarantee)
            // The only heartbeat comes after the end of the session.
            settings.properties["heartbeat.interval.ms"] = "7000"
            return settings
        }

        /// The group still has the member, or has given it up by the time the lane polls.
        @Test(arguments: KafkaGuarantee.allCases, [false, true])
        func `a member that is called fenced for its own lost session joins once more`(
            _ guarantee: KafkaGuarantee, isGivenUp: Bool
        ) throws {
            let topics = try TestBroker.topics(["in": 1, "out": 1])
            defer { topics.delete() }
            let lines = LogLines()
            let lane = try TestLane(
                settings(guarantee), group: topics.group, inputs: [topics["in"]], lines: lines)
            defer { lane.log.leave() }
            #expect(try lane.start() == [0])
            try endSession(of: lane)
            try awaitFence(of: lane, topics["in"])
            if isGivenUp {
                _ = try eventually("the end of the member") { () -> Bool? in
                    try lane.log.consumer.holderOfName(within: Deadline(afterMs: 5_000)) == nil ? true : nil
                }
            }
            #expect(try lane.awaitRevocation())
            try lane.log.unassign()
            let partitions = try lane.awaitAssignment()
            #expect(partitions == [0])
            try lane.log.assign(partitions: partitions)
            try topics.fill("in", ["a"])
            let out = try lane.log.output(topic: topics["out"])
            let records = try lane.take(1)
            try lane.log.begin()
            try lane.produce(out, 0, "k", "A")
            try lane.log.commit(positions: positions(after: records))
            #expect(try topics.read("out") == ["A"])
            #expect(try topics.committed("in") == [1])
            #expect(lines.all.filter { $0.contains("REJOIN") }.count == 1)
        }

        /// A process that slept for longer than its session, and wakes when another one has its name.
        @Test(arguments: KafkaGuarantee.allCases, [true, false])
        func `a member that was replaced after its session is fenced, and takes nothing back`(
            _ guarantee: KafkaGuarantee, answersAtOnce: Bool
        ) throws {
            let topics = try TestBroker.topics(["in": 1])
            defer { topics.delete() }
            let first = try TestLane(settings(guarantee), group: topics.group, inputs: [topics["in"]])
            defer { first.log.leave() }
            try first.start()
            try endSession(of: first)
            let second = try TestLane(TestBroker.settings(guarantee), group: topics.group, inputs: [topics["in"]])
            defer { second.log.leave() }
            #expect(try second.start() == [0])
            let unproven = failure { try first.log.consumer.proveIdentity(within: Deadline(afterMs: 5_000)) }
            guard case .fenced = unproven else {
                Issue.record("\(String(describing: unproven))")
                return
            }
            if !answersAtOnce { try awaitFence(of: first, topics["in"]) }
            let refused: LogFailure = try eventually("the first member's end") {
                failure {
                    if case .revoked = try first.log.poll(maxRecords: 10, timeoutMs: 100) { try first.log.unassign() }
                }
            }
            guard case .fenced = refused else {
                Issue.record("\(refused)")
                return
            }
            try topics.fill("in", ["a"])
            #expect(try second.take(1).map(\.value) == ["a"])
        }
    }
    @Suite struct EmbeddedSessions {
        /// The question itself is put to a real broker only, above. Where a coordinator does not know it, librdkafka
        /// 2.0 may end the process: `rd_kafka_admin_coord_request` frees what is asked for, and
        /// `rd_kafka_coord_req_fsm` fails it a second time. The embedded broker does not know it; every Kafka since
        /// 0.9 does.
        @Test func `only another holder of its name replaces a member`() throws {
            let broker = try EmbeddedBroker(topics: ["in": 1])
            var settings = broker.settings
            settings.staticMembership = true
            let lane = try TestLane(settings, group: "g", inputs: ["in"])
            defer { lane.log.leave() }
            try lane.start()
            let consumer = lane.log.consumer
            let own = try #require(consumer.memberID)
            func verdict(_ answer: Result<String?, LogFailure>) -> LogFailure? {
                failure { try consumer.proveNotReplaced { () throws(LogFailure) in try answer.get() } }
            }
            #expect(verdict(.success(own)) == nil)
            #expect(verdict(.success(nil)) == nil)
            // A broker that never tells its members says nothing against one.
            #expect(verdict(.failure(.fatal(reason: "unknown"))) == nil)
            guard case .fenced = verdict(.success("another")) else {
                Issue.record("another holder is not believed")
                return
            }
            guard case .retriable = verdict(.failure(.retriable(reason: "later"))) else {
                Issue.record("what may be answered later is taken for an answer")
                return
            }
        }
    }
}
