import Kafka
import RecordLog
import Testing

extension KafkaTests {
    /// Readers, producers and group consumers on the embedded broker.
    @Suite struct EmbeddedClients {
        let broker: EmbeddedBroker

        init() throws {
            broker = try EmbeddedBroker(topics: ["status": 3, "tasks": 2, "wide": 12])
        }

        @Test func `a record comes back with its key, value and headers as they were written`() async throws {
            let producer = try PlainProducer(settings: broker.settings)
            defer { producer.close() }
            var headers = HeaderBlock()
            headers.append("ce_id", "one")
            headers.append("ce_id", "two")
            headers.append(name: "nothing".utf8, value: [UInt8]?.none)
            headers.append("empty", "")
            let place = try await producer.send(
                topic: "status", partition: 2, key: Array("key".utf8), value: Array("value".utf8), headers: headers)
            try await producer.send(topic: "status", partition: 2, key: Array("key".utf8), value: nil)
            try await producer.send(topic: "status", partition: 2, key: nil, value: [])
            #expect(place == PlainProducer.Delivery(partition: 2, offset: 0))

            let reader = try KafkaLogReader.open(settings: broker.settings, topic: "status", partitions: [2])
            defer { reader.close() }
            let records = try reader.readToEnd()
            #expect(records.map(\.value) == ["value", nil, ""])
            #expect(records.map(\.key) == ["key", "key", nil])
            #expect(records[0].headers == ["ce_id=one", "ce_id=two", "nothing=nil", "empty="])
            #expect(records[1].headers == [])
        }

        @Test(arguments: [KafkaLogReader.Use.contents, .restore])
        func `a reader that is for contents leaves out headers and nothing else`(use: KafkaLogReader.Use) async throws {
            let producer = try PlainProducer(settings: broker.settings)
            defer { producer.close() }
            var headers = HeaderBlock()
            headers.append("ce_id", "one")
            try await producer.send(topic: "status", partition: 1, key: [107], value: [118], headers: headers)
            try await producer.send(topic: "status", partition: 1, key: [107], value: nil)
            let reader = try #require(
                try KafkaLogReader.openAll(settings: broker.settings, topic: "status", for: use))
            defer { reader.close() }
            let records = try reader.readToEnd()
            #expect(records.map(\.key) == ["k", "k"] && records.map(\.value) == ["v", nil])
            #expect(records.allSatisfy { $0.headers.isEmpty && $0.offset < 2 && $0.partition == 1 })
        }

        @Test func `a reader of all partitions reaches the ends and then goes on with what is appended`() throws {
            let producer = try PlainProducer(settings: broker.settings)
            defer { producer.close() }
            for number in 0..<300 {
                try producer.enqueue(
                    topic: "status", partition: Int32(number % 2), key: [UInt8(number % 256)], value: [1])
            }
            try producer.flush()
            let reader = try #require(try KafkaLogReader.openAll(settings: broker.settings, topic: "status"))
            defer { reader.close() }
            #expect(reader.partitions == [0, 1, 2])
            #expect(try reader.readToEnd().count == 300)
            #expect(try reader.positions() == [150, 150, 0])
            try producer.enqueue(topic: "status", partition: 2, key: [7], value: [8])
            try producer.flush()
            #expect(try reader.readToEnd().map(\.partition) == [2])
        }

        /// A client that looks for the beginning without knowing the leader tries again after half a second.
        @Test func `a reader knows where its partitions begin before it reads them`() throws {
            var settings = broker.settings
            settings.properties["debug"] = "topic"
            let lines = LogLines()
            let reader = try KafkaLogReader.open(
                settings: settings, topic: "wide", partitions: Array(0..<12), log: lines.sink)
            defer { reader.close() }
            #expect(try reader.readToEnd().isEmpty)
            #expect(lines.all.contains { $0.contains("wide") })
            #expect(lines.all.filter { $0.contains("offset query") } == [])
        }

        @Test func `a topic that does not exist has no reader`() throws {
            #expect(try KafkaLogReader.openAll(settings: broker.settings, topic: "nowhere") == nil)
        }

        @Test func `records without a partition go where Kafka's Java clients would put them`() async throws {
            let producer = try PlainProducer(settings: broker.settings)
            defer { producer.close() }
            // The hashes are murmur2 as Kafka's own tests have them.
            for (key, hash) in [("21", -973_932_308), ("foobar", -790_332_482), ("abc", 479_470_107)] {
                let place = try await producer.send(topic: "wide", key: Array(key.utf8), value: [1])
                #expect(Int(place.partition) == (hash & 0x7fff_ffff) % 12)
            }
        }

        @Test func `a full producer queue is waited for`() throws {
            var settings = broker.settings
            settings.properties["queue.buffering.max.messages"] = "10"
            let producer = try PlainProducer(settings: settings)
            defer { producer.close() }
            for number in 0..<500 {
                try producer.enqueue(topic: "tasks", partition: 0, key: [0], value: [UInt8(number % 256)])
            }
            try producer.flush()
            let reader = try KafkaLogReader.open(settings: broker.settings, topic: "tasks", partitions: [0])
            defer { reader.close() }
            #expect(try reader.readToEnd().count == 500)
        }

        @Test func `a record that the broker refuses fails the send that waits for it`() async throws {
            let producer = try PlainProducer(settings: broker.settings)
            defer { producer.close() }
            broker.answer(.produce, with: [87])  // INVALID_RECORD
            let refused = await #expect(throws: LogFailure.self) {
                try await producer.send(topic: "tasks", partition: 0, key: [1], value: [1])
            }
            guard case .retriable = refused else {
                Issue.record("\(String(describing: refused))")
                return
            }
            try await producer.send(topic: "tasks", partition: 0, key: [1], value: [2])
        }

        @Test func `a worker goes on where the group committed`() throws {
            let producer = try PlainProducer(settings: broker.settings)
            defer { producer.close() }
            for number in 0..<4 {
                try producer.enqueue(topic: "tasks", partition: Int32(number % 2), key: [0], value: [UInt8(number)])
            }
            try producer.flush()
            let first = try GroupConsumer(settings: broker.settings, group: "workers", topics: ["status", "tasks"])
            let records = try take(4, from: first)
            #expect(records.allSatisfy { $0.topic == 1 })
            try first.commit([
                InputPosition(topic: 1, partition: 0, offset: 2), InputPosition(topic: 1, partition: 1, offset: 1),
            ])
            first.close()
            let second = try GroupConsumer(settings: broker.settings, group: "workers", topics: ["tasks"])
            defer { second.close() }
            let rest = try take(1, from: second)
            #expect(rest.map(\.partition) == [1])
            #expect(rest.map(\.offset) == [1])
        }

        private func take(_ count: Int, from consumer: GroupConsumer) throws -> [Record] {
            var records: [Record] = []
            return try eventually("\(count) records") {
                if case .records(let views) = try consumer.poll(maxRecords: 100, timeoutMs: 100) {
                    records += views.map(Record.init)
                }
                return records.count >= count ? records : nil
            }
        }
    }
}
