import Kafka
import RecordLog
import Testing

extension KafkaTests {
    /// Workers and administration on a real broker.
    @Suite(.enabled(if: TestBroker.bootstrap != nil, TestBroker.reason)) struct BrokerClients {
        @Test func `what a worker has done can be committed when its partitions are revoked`() throws {
            let topics = try TestBroker.topics(["tasks": 2])
            defer { topics.delete() }
            try topics.fill("tasks", ["done"])
            func worker() throws -> GroupConsumer {
                try GroupConsumer(
                    settings: TestBroker.settings(), group: topics.group, topics: [topics["tasks"]])
            }
            let first = try worker()
            defer { first.close() }
            _ = try eventually("the task") { () -> Bool? in
                if case .records = try first.poll(maxRecords: 10, timeoutMs: 50) { return true }
                return nil
            }
            let second = try worker()
            defer { second.close() }
            _ = try eventually("the revocation") { () -> Bool? in
                if case .revoked(let partitions, let lost) = try first.poll(maxRecords: 10, timeoutMs: 50) {
                    #expect(partitions.count == 2)
                    #expect(!lost)
                    return true
                }
                _ = try second.poll(maxRecords: 10, timeoutMs: 50)
                return nil
            }
            try first.commit([InputPosition(topic: 0, partition: 0, offset: 1)])
            var shares: [Int] = []
            _ = try eventually("both shares") { () -> Bool? in
                for consumer in [first, second] {
                    switch try consumer.poll(maxRecords: 10, timeoutMs: 50) {
                    case .assigned(let partitions): shares.append(partitions.count)
                    case .records: Issue.record("a committed record came again")
                    case .nothing, .revoked: break
                    }
                }
                return shares.count == 2 ? true : nil
            }
            #expect(shares == [1, 1])
        }

        @Test func `a worker that leaves hands its partitions over at once`() throws {
            let topics = try TestBroker.topics(["tasks": 1])
            defer { topics.delete() }
            let first = try GroupConsumer(
                settings: TestBroker.settings(), group: topics.group, topics: [topics["tasks"]])
            try assignment(of: first)
            first.close()
            let second = try GroupConsumer(
                settings: TestBroker.settings(), group: topics.group, topics: [topics["tasks"]])
            defer { second.close() }
            let started = ContinuousClock.now
            try assignment(of: second)
            // The session of the first would have lasted six.
            #expect(ContinuousClock.now - started < .seconds(5))
        }

        private func assignment(of consumer: GroupConsumer) throws {
            _ = try eventually("an assignment") { () -> Bool? in
                if case .assigned = try consumer.poll(maxRecords: 10, timeoutMs: 50) { return true }
                return nil
            }
        }

        @Test func `at-least-once makes records durable before offsets`() throws {
            let topics = try TestBroker.topics(["in": 1, "out": 1])
            defer { topics.delete() }
            try topics.fill("in", ["a"])
            let lane = try TestLane(
                TestBroker.settings(.atLeastOnce), group: topics.group, inputs: [topics["in"]])
            defer { lane.log.leave() }
            try lane.start()
            let out = try lane.log.output(topic: topics["out"])
            let records = try lane.take(1)
            try lane.log.begin()
            try lane.produce(out, 0, "k", "A")
            try lane.log.commit(positions: positions(after: records))
            #expect(try topics.read("out") == ["A"])
            #expect(try topics.committed("in") == [1])
        }

        @Test func `topics are created with their settings, and each answers for itself`() async throws {
            let admin = try KafkaAdmin(settings: TestBroker.settings())
            let topics = try TestBroker.topics(["old": 1])
            defer { topics.delete() }
            let fresh = topics["old"] + "-fresh"
            let outcomes = try await admin.run { admin throws(AdminFailure) in
                try admin.createTopics([
                    NewTopic(name: fresh, partitions: 3, replication: 1, configs: ["cleanup.policy": "compact"]),
                    NewTopic(name: topics["old"], partitions: 1, replication: 1),
                    NewTopic(name: "no/such/name", partitions: 1, replication: 1),
                    NewTopic(name: fresh + "-wrong", partitions: 1, configs: ["cleanup.policy": "burn"]),
                ])
            }
            #expect(outcomes[fresh] == .done)
            #expect(outcomes[topics["old"]] == .alreadyExists)
            for refused in ["no/such/name", fresh + "-wrong"] {
                guard case .refused = outcomes[refused] else {
                    Issue.record("\(refused): \(String(describing: outcomes[refused]))")
                    continue
                }
            }
            let configs = try eventually("the new topic's settings") { () -> [String: TopicConfigValue]? in
                try admin.topicConfigs([fresh])[fresh]
            }
            #expect(configs["cleanup.policy"]?.value == "compact")
            #expect(configs["cleanup.policy"]?.isDefault == false)
            #expect(configs["retention.ms"]?.isDefault == true)
            let described = try eventually("the new topic") { try admin.topics()[fresh] }
            #expect(described.partitions == 3)
            #expect(try admin.deleteTopics([fresh]) == [fresh: .done])
            let cluster = try admin.cluster()
            #expect(!cluster.brokers.isEmpty)
            #expect(cluster.controller != nil)
            admin.close()
        }

        @Test func `the lag of a group counts from its committed offset`() throws {
            let topics = try TestBroker.topics(["in": 2])
            defer { topics.delete() }
            try topics.fill("in", ["a", "b", "c"])
            let admin = try KafkaAdmin(settings: TestBroker.settings())
            defer { admin.close() }
            let worker = try GroupConsumer(
                settings: TestBroker.settings(), group: topics.group, topics: [topics["in"]])
            try assignment(of: worker)
            try worker.commit([InputPosition(topic: 0, partition: 0, offset: 1)])
            worker.close()
            let lags = try admin.lag(group: topics.group, partitions: [topics["in"]: 2])
            #expect(lags.map(\.committed) == [1, nil])
            #expect(lags.map(\.lag) == [2, 0])
        }
    }
}
