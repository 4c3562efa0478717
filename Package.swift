// swift-tools-version: 6.2
import PackageDescription

// Deliberate bugs and the probe of the table of transitions are compiled in only where something is tested: in debug
// builds, and in the optimised build of the simulator.
let isSimulation = Context.environment["HABEAS_SIMULATION"] == "1"

// Watched by libFuzzer: our own modules only, and only where somebody asks for it (see `make guided`).
let isGuided = Context.environment["HABEAS_LIBFUZZER"] == "1"
let guided: [SwiftSetting] =
    isGuided ? [.unsafeFlags(["-sanitize=fuzzer"])] : []

let settings: [SwiftSetting] =
    guided + [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        isSimulation ? .define("SIMULATION") : .define("SIMULATION", .when(configuration: .debug)),
        // Only our own targets: the packages that we use have their own opinions.
        .treatAllWarnings(as: .error),
    ]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let histogram: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird: [Target.Dependency] = [
    .product(name: "Hummingbird", package: "hummingbird"),
    .product(name: "HummingbirdCore", package: "hummingbird"),
]

let package = Package(
    name: "habeas",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "habeas", targets: ["habeas"]),
        .executable(name: "habeas-simulate", targets: ["habeas-simulate"]),
        .executable(name: "habeas-fuzz", targets: ["habeas-fuzz"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CRdKafka", pkgConfig: "rdkafka",
            providers: [.apt(["librdkafka-dev"]), .brew(["librdkafka"])]),
        .systemLibrary(name: "CPrefetch"),

        // Pure: values, decisions, and what a log may be asked.
        .target(name: "SagaKernel", swiftSettings: settings),
        .target(name: "RecordLog", swiftSettings: settings),

        // Text and bytes.
        .target(name: "Contract", dependencies: ["SagaKernel", "RecordLog", crypto], swiftSettings: settings),
        .target(name: "Catalogue", dependencies: ["SagaKernel", crypto, yams], swiftSettings: settings),

        // The shells.
        .target(
            name: "Coordinator", dependencies: ["CPrefetch", "SagaKernel", "Contract", "RecordLog", logging],
            swiftSettings: settings),
        .target(
            name: "Worker", dependencies: ["SagaKernel", "Contract", "RecordLog", "Kafka", logging],
            swiftSettings: settings),

        // The doors, one each: C, SQL, HTTP server, HTTP client.
        .target(name: "Kafka", dependencies: ["CRdKafka", "RecordLog"], swiftSettings: settings),
        .target(
            name: "ReadModel",
            dependencies: [
                "Contract", "RecordLog", "SagaKernel", "Telemetry", logging,
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: settings),
        .target(
            name: "StatusAPI",
            dependencies: ["Contract", "SagaKernel", "Telemetry", httpTypes, nio, logging, lifecycle] + hummingbird,
            swiftSettings: settings),
        .target(
            name: "Connectors",
            dependencies: [
                "SagaKernel", "Contract", crypto, nio, nioHTTP,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ],
            swiftSettings: settings),
        .target(name: "Telemetry", swiftSettings: settings),

        // Where concrete things meet.
        .executableTarget(
            name: "habeas",
            dependencies: [
                "SagaKernel", "RecordLog", "Contract", "Catalogue", "Coordinator", "Worker", "Kafka", "ReadModel",
                "StatusAPI", "Connectors", "Telemetry", arguments, crypto, logging, lifecycle, signals, yams, histogram,
            ],
            swiftSettings: settings),

        .target(name: "TestSeed", swiftSettings: settings),
        // The coordinator over a simulated broker, in virtual time.
        .target(
            name: "Simulation",
            dependencies: ["SagaKernel", "Contract", "RecordLog", "Coordinator", "TestSeed", logging],
            swiftSettings: settings),
        .executableTarget(
            name: "habeas-simulate", dependencies: ["Simulation", "SagaKernel", arguments], path: "Sources/Simulate",
            swiftSettings: settings),
        .target(
            name: "TestKit",
            dependencies: ["SagaKernel", "Contract", "RecordLog", "Coordinator", "Kafka", logging],
            swiftSettings: settings),
        .executableTarget(
            name: "habeas-soak",
            dependencies: ["SagaKernel", "Contract", "RecordLog", "Kafka", "TestKit", "TestSeed", arguments],
            path: "Sources/Soak", swiftSettings: settings),
        // Hostile input: what makes it, what must hold, and the program that tries it.
        .target(
            name: "FuzzKit",
            dependencies: [
                "SagaKernel", "RecordLog", "Contract", "Catalogue", "Coordinator", "Connectors", "ReadModel",
                "StatusAPI", "Telemetry", "TestSeed", logging,
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "habeas-fuzz", dependencies: ["FuzzKit", arguments], path: "Sources/Fuzz", swiftSettings: settings),

        .testTarget(name: "TidyTests", swiftSettings: settings),
        .testTarget(name: "SagaKernelTests", dependencies: ["SagaKernel", "TestSeed"], swiftSettings: settings),
        .testTarget(
            name: "ContractSagaTests", dependencies: ["Contract", "SagaKernel", "TestSeed"], exclude: ["Golden"],
            swiftSettings: settings),
        .testTarget(
            name: "ContractTests",
            dependencies: ["Contract", "SagaKernel", "RecordLog", "FuzzKit", "TestSeed", crypto, yams],
            exclude: ["Golden"], swiftSettings: settings),
        .testTarget(
            name: "CatalogueTests", dependencies: ["Catalogue", "SagaKernel", "TestSeed"], swiftSettings: settings),
        .testTarget(name: "KafkaTests", dependencies: ["Kafka", "RecordLog"], swiftSettings: settings),
        .testTarget(name: "TelemetryTests", dependencies: ["Telemetry"], swiftSettings: settings),
        .testTarget(
            name: "ReadModelTests",
            dependencies: ["Contract", "ReadModel", "RecordLog", "SagaKernel", "Telemetry", "TestSeed", logging],
            swiftSettings: settings),
        .testTarget(
            name: "StatusAPITests",
            dependencies: [
                "Contract", "SagaKernel", "StatusAPI", "Telemetry", "FuzzKit", "TestSeed", httpTypes, nio, logging,
                lifecycle,
                yams,
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ] + hummingbird,
            swiftSettings: settings),
        .testTarget(
            name: "ConnectorsTests",
            dependencies: ["Connectors", "SagaKernel", "Contract", "TestSeed", crypto, nio, nioHTTP],
            swiftSettings: settings),
        .testTarget(
            name: "WorkerTests",
            dependencies: ["Worker", "SagaKernel", "Contract", "RecordLog", "Kafka", "TestSeed", logging],
            swiftSettings: settings),
        .testTarget(
            name: "CoordinatorTests",
            dependencies: [
                "SagaKernel", "Contract", "RecordLog", "Coordinator", "Kafka", "Simulation", "TestKit", "TestSeed",
                logging,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "SimulationTests", dependencies: ["Simulation", "SagaKernel", "RecordLog", "TestSeed"],
            swiftSettings: settings),
        .testTarget(
            name: "ChaosTests",
            dependencies: [
                "habeas", "SagaKernel", "Contract", "RecordLog", "Coordinator", "Kafka", "TestKit", "TestSeed",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "SoakTests", dependencies: ["habeas-soak", "Contract", "SagaKernel", "TestKit"],
            swiftSettings: settings),
        .testTarget(
            name: "FuzzTests", dependencies: ["habeas-fuzz", "FuzzKit", "TestSeed"], swiftSettings: settings),
        .testTarget(
            name: "HabeasCommandTests",
            dependencies: [
                "habeas", "SagaKernel", "RecordLog", "Contract", "Coordinator", "Catalogue", "Kafka", "Connectors",
                "Telemetry", "TestKit", "FuzzKit", arguments, logging, yams,
            ],
            swiftSettings: settings),
    ]
)

if isGuided {
    package.targets.append(
        .executableTarget(
            name: "habeas-fuzz-guided", dependencies: ["FuzzKit"], path: "Sources/FuzzGuided", swiftSettings: settings,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]))
}
