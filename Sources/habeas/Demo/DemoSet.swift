import Catalogue
import Connectors
import Contract
import Coordinator
import Foundation
import Kafka
import Logging
import ReadModel
import RecordLog
import SagaKernel
import ServiceLifecycle
import StatusAPI
import Synchronization
import Telemetry
import UnixSignals
import Worker

/// The demo's deployment: broker, owner, coordinator and worker in this process.
final class DemoSet: Sendable {
    private let broker: EmbeddedBroker
    private let coordinator: CoordinatorRuntime
    private let worker: WorkerRuntime
    private let owner: OwnerServer
    private let ports: DemoPorts
    private let group = Mutex<ServiceGroup?>(nil)
    private let isEnding = Atomic<Bool>(false)
    let publisher: DemoPublisher
    let coldStore: DemoColdStore

    private init(
        broker: EmbeddedBroker, coordinator: CoordinatorRuntime, worker: WorkerRuntime, owner: OwnerServer,
        ports: DemoPorts, publisher: DemoPublisher, coldStore: DemoColdStore
    ) {
        self.broker = broker
        self.coordinator = coordinator
        self.worker = worker
        self.owner = owner
        self.ports = ports
        self.publisher = publisher
        self.coldStore = coldStore
    }

    static func build(_ scene: DemoScene, _ settings: Settings, logger: Logger) async throws -> DemoSet {
        let ports = DemoPorts()
        let ownerPort = try FreePort.find()
        try Data(DemoCatalogue.yaml(scene, ownerPort: ownerPort).utf8).write(to: scene.catalogue)
        let catalogue = try CatalogueSource.catalogue(path: scene.catalogue.path, endpointsPerHub: 64)
        let topics = TopicNames()
        let names =
            topics.coPartitioned + [topics.deadLetters] + catalogue.connectors.map { topics.tasks(connector: $0) }
        let broker = try EmbeddedBroker(
            topics: Dictionary(uniqueKeysWithValues: names.map { ($0, 2) }), log: logger.kafka)
        let metrics = HabeasMetrics(version: HabeasVersion.text, role: "demo")
        let coldStore = DemoColdStore()
        let address = try settings.need(settings.address(.demoHTTP), .demoHTTP)
        let http = ListenAddress(host: address.host, port: address.port)
        var lane = LaneSettings(topics: topics)
        lane.watchesForeignWrites = true
        let coordinator = try CoordinatorRuntime(
            CoordinatorRuntime.Options(
                kafka: broker.settings, topics: topics, plans: catalogue.lanePlans,
                subjectKey: try SubjectKey(bytes: (0..<32).map { _ in .random(in: 0...255) }), instance: "demo",
                http: HTTPSettings(address: http), identity: "demo", lane: lane),
            logger: logger, metrics: metrics, onBound: { ports.bound(api: $0) })
        let secret = (0..<32).map { _ in UInt8.random(in: 0...255) }
        var workerSettings = WorkerSettings(worker: "demo-worker", connectors: catalogue.connectors.sorted())
        workerSettings.connectors.removeAll { $0 == Endpoint.attestationConnector }
        let worker = try WorkerRuntime(
            WorkerRuntime.Options(
                kafka: broker.settings, worker: workerSettings,
                connectors: [
                    DemoRegistry(scene: scene), coldStore, RetentionConnector(),
                    try DirectoryConnector(roots: [scene.folder.path]),
                    try WebhookConnector(configuration: WebhookConfiguration(secrets: ["partner": secret])),
                ], webhook: nil, http: nil),
            logger: logger, metrics: metrics)
        let partner = DemoOwner()
        let owner = OwnerServer(
            settings: HTTPSettings(address: ListenAddress(host: "127.0.0.1", port: ownerPort)), metrics: metrics,
            logger: logger, onBound: { _ in }
        ) { body, headers in
            let isErasure = String(decoding: body, as: UTF8.self).contains(#""action":"erase""#)
            let answer = partner.answer(taskID: headers["Habeas-Task-Id"] ?? "", isErasure: isErasure)
            return OwnerServer.Reply(
                status: answer.status, retryAfterSeconds: answer.retryAfterSeconds, body: answer.body)
        }
        let publisher = DemoPublisher(producer: try PlainProducer(settings: broker.settings), topics: topics)
        return DemoSet(
            broker: broker, coordinator: coordinator, worker: worker, owner: owner, ports: ports,
            publisher: publisher, coldStore: coldStore)
    }

    /// Runs everything until `stop`, SIGTERM, or a failure.
    func run(logger: Logger) async throws {
        // The last is stopped first, before anything that the story needs.
        let services =
            [owner] + coordinator.services + (try worker.services)
            + [EndMark { self.isEnding.store(true, ordering: .releasing) }]
        var configuration = ServiceGroupConfiguration(
            services: services.map {
                .init(
                    service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup)
            }, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(15)
        let made = ServiceGroup(configuration: configuration)
        group.withLock { $0 = made }
        defer { ports.end() }
        try await made.run()
    }

    /// True once the services are being stopped: by a signal, by `stop`, or because one of them failed, which `run`
    /// then throws.
    var hasEnd: Bool { isEnding.load(ordering: .acquiring) }

    func stop() async {
        await group.withLock { $0 }?.triggerGracefulShutdown()
    }

    /// Waits for the API to listen.
    func apiPort() async throws -> Int {
        guard let port = await ports.api() else { throw DemoFault.waitedInVain("the API") }
        return port
    }

    func close() {
        publisher.producer.close()
        broker.close()
    }
}

/// Tells that the services are being stopped.
private struct EndMark: Service {
    let tell: @Sendable () -> Void

    func run() async {
        await untilStopped()
        tell()
    }
}
