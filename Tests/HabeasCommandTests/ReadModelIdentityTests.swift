import Contract
import Kafka
import Logging
import Testing

@testable import habeas

struct ReadModelIdentityTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test func `a file belongs to the cluster and the prefix, whatever addresses lead there`() async throws {
        let broker = try EmbeddedBroker()
        defer { broker.close() }
        let topics = TopicNames(prefix: "habeas.")
        var settings = broker.settings
        let first = try await ReadModelIdentity.text(settings, topics, logger: logger)
        settings.bootstrapServers = "127.0.0.1:1," + broker.bootstrapServers.replacing("127.0.0.1", with: "localhost")
        #expect(try await ReadModelIdentity.text(settings, topics, logger: logger) == first)
        #expect(first.hasSuffix(" habeas.") && !first.contains(":"))
        #expect(try await ReadModelIdentity.text(settings, TopicNames(prefix: "b."), logger: logger) != first)
        let other = try EmbeddedBroker()
        defer { other.close() }
        #expect(try await ReadModelIdentity.text(other.settings, topics, logger: logger) != first)
    }

    @Test func `a cluster that cannot be asked is unreachable`() async throws {
        var settings = KafkaSettings(bootstrapServers: "127.0.0.1:1")
        settings.operationTimeoutMs = 1_000
        await #expect(throws: BrokerFailure.self) {
            try await ReadModelIdentity.text(settings, TopicNames(), logger: logger)
        }
    }
}
