import RecordLog
import Testing

@testable import Kafka

extension KafkaTests {
    /// The lane's log on the embedded broker, at-least-once.
    @Suite struct EmbeddedLane {
        let broker: EmbeddedBroker
        let inputs = ["requests", "acks"]

        init() throws {
            broker = try EmbeddedBroker(topics: ["requests": 2, "acks": 2, "sagas": 2])
        }

        private func fill(_ topic: String, _ count: Int, from first: Int = 0) throws {
            let producer = try PlainProducer(settings: broker.settings)
            defer { producer.close() }
            for number in first..<(first + count) {
                try producer.enqueue(
                    topic: topic, partition: Int32(number % 2), key: Array("k\(number)".utf8),
                    value: Array("v\(number)".utf8))
            }
            try producer.flush()
        }

        @Test func `a lane is assigned the partitions of every input and reads them from the beginning`() throws {
            try fill("requests", 4)
            try fill("acks", 2)
            let lane = try TestLane(broker.settings, group: "g", inputs: inputs)
            defer { lane.log.leave() }
            #expect(try lane.start() == [0, 1])
            let records = try lane.take(6)
            #expect(Set(records.filter { $0.topic == 0 }.map(\.value)) == ["v0", "v1", "v2", "v3"])
            #expect(records.filter { $0.topic == 1 }.map(\.value).count == 2)
        }

        @Test func `a lane goes on where the last one committed`() throws {
            try fill("requests", 4)
            let first = try TestLane(broker.settings, group: "g", inputs: inputs)
            try first.start()
            let records = try first.take(4)
            try first.log.begin()
            let sagas = try first.log.output(topic: "sagas")
            try first.produce(sagas, 1, "saga", "state")
            try first.log.commit(positions: positions(after: records))
            first.log.leave()

            try fill("requests", 2, from: 4)
            let second = try TestLane(broker.settings, group: "g", inputs: inputs)
            defer { second.log.leave() }
            try second.start()
            #expect(Set(try second.take(2).map(\.value)) == ["v4", "v5"])

            let reader = try second.log.openReader(topic: "sagas", partitions: [0, 1])
            defer { reader.close() }
            let ends = try reader.highWatermarks()
            #expect(ends == [0, 1])
            let view = try eventually("the saga") { try reader.poll(maxRecords: 10, timeoutMs: 100).first }
            #expect(Record(view).value == "state")
        }

        @Test func `a lane that only reads gives back what was delivered`() throws {
            let lane = try TestLane(broker.settings, group: "g", inputs: inputs)
            defer { lane.log.leave() }
            try lane.start()
            try lane.log.begin()
            try lane.produce(try lane.log.output(topic: "sagas"), 0, "saga", "state")
            #expect(lane.log.unreportedRecords > 0)
            _ = try eventually("the report of the record") { () -> Bool? in
                _ = try lane.log.poll(maxRecords: 1, timeoutMs: 10)
                return lane.log.unreportedRecords == 0 ? true : nil
            }
        }

        @Test func `a lane that only writes gives back what was delivered`() throws {
            let lane = try TestLane(broker.settings, group: "g", inputs: inputs)
            defer { lane.log.leave() }
            try lane.start()
            try lane.log.begin()
            let sagas = try lane.log.output(topic: "sagas")
            var produced = 0
            _ = try eventually("the report of a record") { () -> Bool? in
                try lane.produce(sagas, 0, "saga", "state")
                produced += 1
                // With a million the client is full, and waits for reports by itself.
                try #require(produced < 500_000)
                return lane.log.unreportedRecords < produced ? true : nil
            }
        }

        @Test func `assigning again rewinds to the committed offsets and drops what was fetched`() throws {
            try fill("requests", 6)
            let lane = try TestLane(broker.settings, group: "g", inputs: inputs)
            defer { lane.log.leave() }
            let partitions = try lane.start()
            let first = try lane.take(1, maxRecords: 1)
            try lane.log.begin()
            try lane.log.commit(positions: positions(after: first))
            let second = try lane.take(2, maxRecords: 1)
            try lane.log.begin()
            try lane.log.abort()
            try lane.log.assign(partitions: partitions)
            let again = try lane.take(5)
            #expect(again.count == 5)
            #expect(!again.contains(first[0]))
            #expect(second.allSatisfy { again.contains($0) })
        }

        @Test func `a second member gets half of the partitions, the same of each input`() throws {
            let one = try TestLane(broker.settings, group: "g", instance: "one", inputs: inputs)
            defer { one.log.leave() }
            #expect(try one.start() == [0, 1])
            let two = try TestLane(broker.settings, group: "g", instance: "two", inputs: inputs)
            defer { two.log.leave() }
            try two.log.join()
            #expect(try one.awaitRevocation() == false)
            try one.log.unassign()
            // The group may go through a generation in which one of them has all again, before it hears of the other.
            var shares: [[Int32]] = [[], []]
            _ = try eventually("a half for each") { () -> Bool? in
                for (place, lane) in [one, two].enumerated() {
                    switch try lane.log.poll(maxRecords: 10, timeoutMs: 50) {
                    case .assigned(let partitions):
                        shares[place] = partitions
                        try lane.log.assign(partitions: partitions)
                    case .revoked:
                        shares[place] = []
                        try lane.log.unassign()
                    case .nothing, .records: break
                    }
                }
                return Set(shares) == [[0], [1]] ? true : nil
            }
        }

        @Test func `inputs with unequal partition counts are fatal`() throws {
            try broker.createTopic("odd", partitions: 3)
            let lane = try TestLane(broker.settings, group: "g", inputs: ["requests", "odd"])
            defer { lane.log.leave() }
            try lane.log.join()
            let refused: LogFailure = try eventually("the failure") {
                failure { _ = try lane.log.poll(maxRecords: 10, timeoutMs: 100) }
            }
            guard case .fatal(let reason) = refused else { throw refused }
            #expect(reason.contains("unequal"))
        }

        @Test func `an output topic that does not exist is fatal`() throws {
            let lane = try TestLane(broker.settings, group: "g", inputs: inputs)
            defer { lane.log.leave() }
            try lane.log.join()
            #expect(try lane.log.partitionCount(topic: "nowhere") == nil)
            #expect(try lane.log.partitionCount(topic: "sagas") == 2)
            guard case .fatal = failure({ _ = try lane.log.output(topic: "nowhere") }) else {
                Issue.record("no failure")
                return
            }
        }

        @Test func `waking ends a poll that is under way, and the next one if none is`() throws {
            let lane = try TestLane(broker.settings, group: "g", inputs: inputs)
            defer { lane.log.leave() }
            try lane.start()
            lane.log.wake()
            let started = ContinuousClock.now
            _ = try lane.log.poll(maxRecords: 10, timeoutMs: 30_000)
            let log = lane.log
            let waker = Task.detached { log.wake() }
            _ = try lane.log.poll(maxRecords: 10, timeoutMs: 30_000)
            #expect(ContinuousClock.now - started < .seconds(10))
            withExtendedLifetime(waker) {}
        }

        @Test func `a record that cannot be delivered makes the commit require an abort`() throws {
            try fill("requests", 1)
            let lane = try TestLane(broker.settings, group: "g", inputs: inputs)
            defer { lane.log.leave() }
            try lane.start()
            let sagas = try lane.log.output(topic: "sagas")
            let records = try lane.take(1)
            try lane.log.begin()
            // INVALID_RECORD, which sending again would not cure.
            broker.answer(.produce, with: [87])
            try lane.produce(sagas, 0, "saga", "lost")
            let refused = failure { try lane.log.commit(positions: positions(after: records)) }
            guard case .abortRequired = refused else {
                Issue.record("\(String(describing: refused))")
                return
            }
            try lane.log.abort()
            try lane.log.assign(partitions: [0, 1])
            let again = try lane.take(1)
            try lane.log.begin()
            try lane.produce(sagas, 0, "saga", "kept")
            try lane.log.commit(positions: positions(after: again))
            let reader = try KafkaLogReader.open(settings: broker.settings, topic: "sagas", partitions: [0, 1])
            defer { reader.close() }
            #expect(try reader.readToEnd().map(\.value) == ["kept"])
        }

        @Test func `a commit of a member that the group has forgotten says that its partitions are lost`() throws {
            try fill("requests", 1)
            let lane = try TestLane(broker.settings, group: "g", inputs: inputs)
            defer { lane.log.leave() }
            try lane.start()
            let records = try lane.take(1)
            try lane.log.begin()
            broker.answer(.offsetCommit, with: [25])  // UNKNOWN_MEMBER_ID
            let refused = failure { try lane.log.commit(positions: positions(after: records)) }
            guard case .partitionsLost = refused else {
                Issue.record("\(String(describing: refused))")
                return
            }
        }

        @Test func `calls to a broker that is down end by their deadline`() throws {
            var settings = broker.settings
            settings.operationTimeoutMs = 1000
            settings.leaveTimeoutMs = 2000
            let lane = try TestLane(settings, group: "g", inputs: inputs)
            try lane.start()
            let sagas = try lane.log.output(topic: "sagas")
            try lane.log.begin()
            broker.setBroker(1, up: false)
            try lane.produce(sagas, 0, "saga", "late")
            let started = ContinuousClock.now
            let refused = failure { try lane.log.commit(positions: []) }
            guard case .abortRequired = refused else {
                Issue.record("\(String(describing: refused))")
                return
            }
            try lane.log.abort()
            let unanswered = failure { _ = try lane.log.partitionCount(topic: "sagas") }
            guard case .retriable = unanswered else {
                Issue.record("\(String(describing: unanswered))")
                return
            }
            lane.log.leave()
            #expect(ContinuousClock.now - started < .seconds(10))
        }
    }
}
