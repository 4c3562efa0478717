import Kafka
import RecordLog
import Testing

extension KafkaTests {
    @Suite(.enabled(if: TestBroker.bootstrap != nil, TestBroker.reason)) struct Transactions {
        let topics: Topics

        init() throws {
            topics = try TestBroker.topics(["in": 1, "out": 1])
        }

        private func lane(instance: String = "one", _ change: (inout KafkaSettings) -> Void = { _ in }) throws
            -> TestLane
        {
            var settings = try TestBroker.settings()
            change(&settings)
            return try TestLane(settings, group: topics.group, instance: instance, inputs: [topics["in"]])
        }

        @Test func `records and offsets of a transaction appear together when it is committed`() throws {
            defer { topics.delete() }
            try topics.fill("in", ["a", "b"])
            let lane = try lane()
            defer { lane.log.leave() }
            try lane.start()
            let out = try lane.log.output(topic: topics["out"])
            let records = try lane.take(2)
            try lane.log.begin()
            try lane.produce(out, 0, "k", "A")
            try lane.produce(out, 0, "k", "B")
            let reader = try KafkaLogReader.open(
                settings: TestBroker.settings(), topic: topics["out"], partitions: [0])
            defer { reader.close() }
            #expect(try reader.poll(maxRecords: 10, timeoutMs: 500).isEmpty)
            try lane.log.commit(positions: positions(after: records))
            #expect(try reader.readToEnd().map(\.value) == ["A", "B"])
            #expect(try topics.committed("in") == [2])
        }

        @Test func `an aborted transaction leaves neither records nor offsets`() throws {
            defer { topics.delete() }
            try topics.fill("in", ["a"])
            let lane = try lane()
            defer { lane.log.leave() }
            let partitions = try lane.start()
            let out = try lane.log.output(topic: topics["out"])
            _ = try lane.take(1)
            try lane.log.begin()
            try lane.produce(out, 0, "k", "never")
            try lane.log.abort()
            #expect(try topics.read("out") == [])
            #expect(try topics.committed("in") == [nil])
            try lane.log.assign(partitions: partitions)
            let again = try lane.take(1)
            try lane.log.begin()
            try lane.produce(out, 0, "k", "once")
            try lane.log.commit(positions: positions(after: again))
            #expect(try topics.read("out") == ["once"])
        }

        @Test func `a reader reaches the end behind control markers and aborted records`() throws {
            defer { topics.delete() }
            let lane = try lane()
            defer { lane.log.leave() }
            try lane.start()
            let out = try lane.log.output(topic: topics["out"])
            try lane.log.begin()
            try lane.produce(out, 0, "k", "kept")
            try lane.log.commit(positions: [])
            let reader = try KafkaLogReader.open(
                settings: TestBroker.settings(), topic: topics["out"], partitions: [0])
            defer { reader.close() }
            // The record and the marker of the commit, which is written after the commit was answered.
            _ = try eventually("the marker in the log") { try reader.highWatermarks() == [2] ? true : nil }
            #expect(try reader.readToEnd().map(\.offset) == [0])
            #expect(try reader.positions() == [2])
            try lane.log.begin()
            try lane.produce(out, 0, "k", "dropped")
            try lane.produce(out, 0, "k", "dropped")
            // What is queued may never be sent by an abort, and would not be in the log then.
            _ = try eventually("the records in the log") { try reader.highWatermarks() == [4] ? true : nil }
            try lane.log.abort()
            // The marker is written after the abort was answered.
            _ = try eventually("the marker in the log") { try reader.highWatermarks() == [5] ? true : nil }
            #expect(try reader.readToEnd() == [])
            #expect(try reader.positions() == [5])
        }

        @Test func `the end of a partition counts the records of an open transaction`() throws {
            defer { topics.delete() }
            let lane = try lane()
            defer { lane.log.leave() }
            try lane.start()
            let out = try lane.log.output(topic: topics["out"])
            let reader = try KafkaLogReader.open(
                settings: TestBroker.settings(), topic: topics["out"], partitions: [0])
            defer { reader.close() }
            try lane.log.begin()
            try lane.produce(out, 0, "k", "open")
            _ = try eventually("the record in the log") { try reader.highWatermarks() == [1] ? true : nil }
            #expect(try reader.poll(maxRecords: 10, timeoutMs: 500).isEmpty)
            #expect(try reader.positions() == [0])
            try lane.log.commit(positions: [])
            #expect(try reader.readToEnd().map(\.value) == ["open"])
        }

        @Test func `a second process with the same name takes over and the first is fenced`() throws {
            defer { topics.delete() }
            try topics.fill("in", ["a"])
            let first = try lane()
            try first.start()
            let out = try first.log.output(topic: topics["out"])
            let records = try first.take(1)
            try first.log.begin()
            try first.produce(out, 0, "k", "zombie")
            let second = try lane()
            defer { second.log.leave() }
            try second.start()
            let refused = failure { try first.log.commit(positions: positions(after: records)) }
            guard case .fenced = refused else {
                Issue.record("\(String(describing: refused))")
                return
            }
            #expect(try second.take(1).map(\.value) == ["a"])
            // Also as a member of the group, not only as a producer.
            let expelled: LogFailure = try eventually("the first member's end") {
                failure { _ = try first.log.poll(maxRecords: 10, timeoutMs: 100) }
            }
            guard case .fenced = expelled else {
                Issue.record("\(expelled)")
                return
            }
            // One that was replaced may not take its identity back.
            let recycled = failure { try first.log.recycleProducer() }
            guard case .fenced = recycled else {
                Issue.record("\(String(describing: recycled))")
                return
            }
            first.log.leave()
            #expect(try topics.read("out") == [])
        }

        @Test func `a member that comes back under its name gets its partitions without a rebalance`() throws {
            defer { topics.delete() }
            let both = try TestBroker.topics(["wide": 2])
            defer { both.delete() }
            func member(_ name: String) throws -> TestLane {
                try TestLane(TestBroker.settings(), group: both.group, instance: name, inputs: [both["wide"]])
            }
            let one = try member("one")
            defer { one.log.leave() }
            try one.start()
            let two = try member("two")
            try two.log.join()
            _ = try one.awaitRevocation()
            try one.log.unassign()
            var shares: [String: [Int32]] = [:]
            _ = try eventually("both shares") { () -> Bool? in
                for (name, lane) in [("one", one), ("two", two)] where shares[name] == nil {
                    switch try lane.log.poll(maxRecords: 10, timeoutMs: 50) {
                    case .assigned(let partitions):
                        shares[name] = partitions
                        try lane.log.assign(partitions: partitions)
                    case .revoked: try lane.log.unassign()
                    case .nothing, .records: break
                    }
                }
                return shares.count == 2 ? true : nil
            }
            two.log.leave()
            let again = try member("two")
            defer { again.log.leave() }
            #expect(try again.start() == shares["two"])
            for _ in 0..<20 {
                switch try one.log.poll(maxRecords: 10, timeoutMs: 50) {
                case .nothing: break
                case .records, .assigned, .revoked: Issue.record("the other member was disturbed")
                }
            }
        }

        /// Records, and a turn of timers alone, which has read nothing that it could commit.
        @Test(arguments: [true, false])
        func `a member that the group has given up cannot commit`(hasRead: Bool) throws {
            defer { topics.delete() }
            try topics.fill("in", ["a"])
            let zombie = try lane(instance: "zombie") {
                $0.sessionTimeoutMs = 1500
                $0.maxPollIntervalMs = 1500
                $0.transactionTimeoutMs = 60_000
            }
            defer { zombie.log.leave() }
            try zombie.start()
            let out = try zombie.log.output(topic: topics["out"])
            let records = try zombie.take(1)
            try zombie.log.begin()
            try zombie.produce(out, 0, "k", "zombie")
            let heir = try lane(instance: "heir")
            defer { heir.log.leave() }
            try heir.log.join()
            // The zombie does not poll: it is given up after its session.
            #expect(try heir.awaitAssignment() == [0])
            let refused = failure { try zombie.log.commit(positions: hasRead ? positions(after: records) : []) }
            guard case .partitionsLost = refused else {
                Issue.record("\(String(describing: refused))")
                return
            }
            try zombie.log.abort()
            #expect(try zombie.awaitRevocation() == true)
            try zombie.log.unassign()
            try heir.log.assign(partitions: [0])
            #expect(try heir.take(1).map(\.value) == ["a"])
            #expect(try topics.read("out") == [])
        }

        @Test func `a turn that has read nothing leaves the committed position where it is`() throws {
            defer { topics.delete() }
            try topics.fill("in", ["a", "b"])
            let lane = try lane()
            defer { lane.log.leave() }
            let partitions = try lane.start()
            let out = try lane.log.output(topic: topics["out"])
            func turn(_ value: String, _ positions: [InputPosition]) throws {
                try lane.log.begin()
                try lane.produce(out, 0, "k", value)
                try lane.log.commit(positions: positions)
            }
            try turn("timer", [])
            #expect(try topics.committed("in") == [0])
            try turn("records", positions(after: lane.take(2)))
            try turn("timer", [])
            #expect(try topics.committed("in") == [2])
            // Also for one that has taken the partition over, and only knows the position from the group.
            try lane.log.assign(partitions: partitions)
            try turn("timer", [])
            #expect(try topics.committed("in") == [2])
        }

        @Test func `a transaction that outlived its timeout is begun anew, not mistaken for a takeover`() throws {
            defer { topics.delete() }
            try topics.fill("in", ["a"])
            let lane = try lane { $0.transactionTimeoutMs = 1000 }
            defer { lane.log.leave() }
            let partitions = try lane.start()
            let out = try lane.log.output(topic: topics["out"])
            _ = try lane.take(1)
            try lane.log.begin()
            try lane.produce(out, 0, "k", "late")
            let reader = try KafkaLogReader.open(
                settings: TestBroker.settings(), topic: topics["out"], partitions: [0])
            defer { reader.close() }
            // The record, and the marker with which the broker aborts.
            _ = try eventually("the broker's abort") { try reader.highWatermarks() == [2] ? true : nil }
            let refused = failure { try lane.log.commit(positions: []) }
            guard case .outcomeUnknown = refused else {
                Issue.record("\(String(describing: refused))")
                return
            }
            try lane.log.recycleProducer()
            try lane.log.assign(partitions: partitions)
            let again = try lane.take(1)
            try lane.log.begin()
            try lane.produce(out, 0, "k", "again")
            try lane.log.commit(positions: positions(after: again))
            #expect(try reader.readToEnd().map(\.value) == ["again"])
        }

        @Test func `transactions one after the other take well below half a second each`() throws {
            defer { topics.delete() }
            let lines = LogLines()
            let lane = try TestLane(
                TestBroker.settings(), group: topics.group, inputs: [topics["in"]], lines: lines)
            defer { lane.log.leave() }
            try lane.start()
            let out = try lane.log.output(topic: topics["out"])
            var durations: [Duration] = []
            for _ in 0..<20 {
                let started = ContinuousClock.now
                try lane.log.begin()
                for number in 0..<100 { try lane.produce(out, 0, "k\(number)", "v") }
                try lane.log.commit(positions: [InputPosition(topic: 0, partition: 0, offset: 0)])
                durations.append(ContinuousClock.now - started)
            }
            #expect(durations.sorted()[10] < .milliseconds(400), "\(durations)")
            #expect(try topics.read("out").count == 2000)
        }

        @Test func `what a crashed process left open is ended by its successor`() throws {
            defer { topics.delete() }
            try topics.fill("in", ["a"])
            let crashed = try lane()
            try crashed.start()
            let out = try crashed.log.output(topic: topics["out"])
            _ = try crashed.take(1)
            try crashed.log.begin()
            try crashed.produce(out, 0, "k", "lost")
            let reader = try KafkaLogReader.open(
                settings: TestBroker.settings(), topic: topics["out"], partitions: [0])
            defer { reader.close() }
            _ = try eventually("the record in the log") { try reader.highWatermarks() == [1] ? true : nil }
            let successor = try lane()
            defer { successor.log.leave() }
            let started = ContinuousClock.now
            try successor.start()
            #expect(try reader.readToEnd() == [])
            // Well below the timeout of the transaction.
            #expect(ContinuousClock.now - started < .seconds(8))
            crashed.log.leave()
        }
    }
}
