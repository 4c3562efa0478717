import Contract
import Foundation
import Kafka
import TestKit

/// Everything that a run starts: topics, processes, the proxy, the backend and the worker of its own.
final class SoakDeployment {
    let topics: TopicNames
    let coordinators: Fleet
    let workers: Fleet
    let proxy: TCPProxy?
    let sender: RequestSender
    let answerer: TaskAnswerer
    let producer: SteadyProducer
    let kafka: KafkaSettings

    init(_ settings: SoakSettings) throws {
        topics = TopicNames(prefix: "soak\(UInt64.random(in: 0..<1_000_000_000_000)).")
        kafka = KafkaSettings(
            bootstrapServers: settings.bootstrapServers, clientID: "habeas-soak", operationTimeoutMs: 120_000)
        try Self.makeTopics(settings, topics)
        proxy = try settings.proxy.map { proxy in
            try TCPProxy(
                listenOn: proxy.port, to: proxy.targetHost, proxy.targetPort, policy: ProxyPolicy(seed: settings.seed))
        }
        let servers = proxy.map { "127.0.0.1:\($0.port)" } ?? settings.bootstrapServers
        let common = ["--topic-prefix", topics.prefix, "--http", "127.0.0.1:0", "--log-format", "json"]
        let timeouts = ["--kafka", "session.timeout.ms=\(SoakSettings.sessionTimeoutMs)"]
        let decides = [
            "--bootstrap-servers", servers, "--catalogue", Self.catalogue(settings).path,
            "--subject-key", Data(repeating: 7, count: 32).base64EncodedString(),
            "--processing-guarantee", settings.guarantee.rawValue,
            "--kafka", "transaction.timeout.ms=\(SoakSettings.transactionTimeoutMs)",
            "--kafka", "socket.timeout.ms=\(SoakSettings.requestTimeoutMs)", "--grace", "PT2M",
        ]
        coordinators = Fleet(
            .coordinator, size: settings.coordinators, folder: settings.folder, executable: settings.habeas
        ) { ["coordinator", "--instance", $0] + common + timeouts + decides + settings.coordinatorFlags }
        workers = Fleet(.worker, size: settings.workers, folder: settings.folder, executable: settings.habeas) { _ in
            ["worker", "--connectors", "retention", "--bootstrap-servers", settings.bootstrapServers] + common
                + timeouts
        }
        producer = try SteadyProducer(settings: kafka)
        sender = RequestSender(producer: producer, topics: topics, rate: settings.rate, seed: settings.seed)
        answerer = TaskAnswerer(
            settings: kafka, topics: topics, producer: producer, partitions: settings.partitions, seed: settings.seed)
    }

    private static func catalogue(_ settings: SoakSettings) -> URL { settings.folder.appending(path: "catalogue.yaml") }

    /// By the command that makes them in every deployment.
    private static func makeTopics(_ settings: SoakSettings, _ topics: TopicNames) throws {
        try Data(SoakCatalogue.yaml.utf8).write(to: catalogue(settings))
        let words =
            [
                settings.habeas.path, "topics", "create", "--partitions", "\(settings.partitions)", "--topic-prefix",
                topics.prefix, "--catalogue", catalogue(settings).path, "--bootstrap-servers",
                settings.bootstrapServers,
            ].map { "'\($0)'" }
        try ShellCommand.run(
            words.joined(separator: " "), log: settings.folder.appending(path: "topics-create.log"))
    }

    func start() throws {
        proxy?.start()
        try coordinators.restore()
        try workers.restore()
        answerer.start()
        sender.start()
    }

    /// Asks everything to end, and waits for it.
    func stop() {
        coordinators.stopAll()
        workers.stopAll()
        stopOwn()
    }

    /// Of a run that is given up.
    func abandon() {
        coordinators.killAll()
        workers.killAll()
        stopOwn()
    }

    private func stopOwn() {
        sender.end()
        answerer.end()
        producer.close()
        proxy?.end()
    }

    func deleteTopics() async throws {
        let admin = try KafkaAdmin(settings: kafka)
        defer { admin.close() }
        let names = SoakTopic.allCases.flatMap { $0.names(topics) } + [topics.commands, topics.timeline]
        _ = try await admin.run { (admin) throws(AdminFailure) in try admin.deleteTopics(names) }
    }
}
