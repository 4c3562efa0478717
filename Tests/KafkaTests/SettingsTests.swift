import Kafka
import RecordLog
import Testing

extension KafkaTests {
    @Suite struct Settings {
        private func faults(_ properties: [String: String], _ guarantee: KafkaGuarantee = .exactlyOnce) -> [String] {
            KafkaSettings(bootstrapServers: "localhost:9092", properties: properties, guarantee: guarantee)
                .validate().map(\.description)
        }

        @Test func `sound settings have no faults`() {
            #expect(faults([:]) == [])
            #expect(faults([:], .atLeastOnce) == [])
            #expect(faults(["enable.idempotence": "false"], .atLeastOnce) == [])
            // Of one kind of client only, and both names that it has.
            #expect(faults(["queued.min.messages": "10", "queue.buffering.max.ms": "20"]) == [])
            #expect(faults(["socket.timeout.ms": "60000"]) == [])
        }

        @Test func `every fault is listed, not only the first`() {
            let found = faults(["no.such.property": "1", "linger.ms": "soon", "group.id": "mine"])
            #expect(found.count == 3)
            #expect(found.contains { $0.contains("no.such.property") })
            #expect(found.contains { $0.contains("linger.ms") })
            #expect(found.contains { $0.hasPrefix("group.id: cannot be set") })
        }

        @Test func `what Habeas needs for its promises cannot be set`() {
            for name in [
                "group.id", "transactional.id", "enable.auto.commit", "isolation.level", "bootstrap.servers", "acks",
                "partition.assignment.strategy", "test.mock.num.brokers",
            ] {
                #expect(faults([name: "1"]).count == 1, "\(name)")
            }
        }

        @Test func `exactly-once needs idempotence, and order without it needs one request at a time`() {
            #expect(faults(["enable.idempotence": "false"]).count == 1)
            #expect(faults(["enable.idempotence": "false", "max.in.flight": "5"], .atLeastOnce).count == 1)
        }

        @Test func `a producer's queue holds the largest record, or is a fault`() {
            #expect(faults(["queue.buffering.max.kbytes": "977"]) == [])
            let small = faults(["queue.buffering.max.kbytes": "976"])
            #expect(small.count == 1 && small[0].hasPrefix("queue.buffering.max.kbytes: 976 KiB cannot hold"))
            #expect(faults(["queue.buffering.max.kbytes": "976", "message.max.bytes": "999424"]) == [])
            #expect(faults(["queue.buffering.max.kbytes": "976", "message.max.bytes": "999425"]).count == 1)
            // Beyond every range, each is its own fault, and nothing is computed of it that has no place in a number.
            #expect(faults(["queue.buffering.max.kbytes": String(Int.max)]).count == 1)
            #expect(faults(["queue.buffering.max.kbytes": "1000", "message.max.bytes": String(Int.min)]).count == 1)
            #expect(faults(["queue.buffering.max.kbytes": "1000", "message.max.bytes": String(Int.max)]).count == 2)
        }

        @Test func `one property under two names is a fault`() {
            #expect(faults(["linger.ms": "1", "queue.buffering.max.ms": "2"]).count == 1)
        }

        @Test func `what fails only when a client is made is found too`() {
            #expect(faults(["security.protocol": "ssl", "ssl.ca.location": "/nowhere/ca.pem"]).count >= 1)
            #expect(faults(["message.timeout.ms": "900000"]).count == 1)
        }

        @Test(
            .enabled(if: !KafkaVersion.features.contains("oidc"), "This build of librdkafka has OIDC."))
        func `a property that this build does not support is a fault`() {
            let found = faults(["sasl.oauthbearer.method": "oidc"])
            #expect(found.count == 1)
        }

        @Test func `settings out of range are faults`() {
            var settings = KafkaSettings(bootstrapServers: " ")
            settings.operationTimeoutMs = 0
            settings.lingerMs = -1
            // No transaction can be shorter than half of no time at all, hence the fourth.
            let named = settings.validate().compactMap(\.property)
            #expect(
                named == ["bootstrap_servers", "operation timeout (ms)", "linger (ms)", "transaction.timeout.ms"])
        }

        @Test func `the version and features of librdkafka are known`() {
            #expect(KafkaVersion.number >= 0x0200_0000)
            #expect(KafkaVersion.string.hasPrefix("\(KafkaVersion.number >> 24)."))
            #expect(KafkaVersion.features.contains("sasl_plain"))
        }
    }
}
