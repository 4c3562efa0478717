// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "habeas",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
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

        // The pure part: values and decisions.
        .target(name: "SagaKernel", swiftSettings: settings),
        .target(name: "RecordLog", swiftSettings: settings),

        // The wire.
        .target(
            name: "Contract",
            dependencies: ["SagaKernel", "RecordLog", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: settings),
        .target(
            name: "Catalogue",
            dependencies: [
                "SagaKernel", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: settings),

        // The shell around the saga.
        .target(
            name: "Coordinator",
            dependencies: [
                "SagaKernel", "Contract", "RecordLog", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),

        // The doors, one each: C, SQL, HTTP server, HTTP client.
        .target(name: "Kafka", dependencies: ["CRdKafka", "RecordLog"], swiftSettings: settings),

        .target(
            name: "TestKit",
            dependencies: [
                "SagaKernel", "Contract", "RecordLog", "Coordinator", "Kafka",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "CoordinatorTests",
            dependencies: ["SagaKernel", "Contract", "RecordLog", "Coordinator", "Kafka", "TestKit"],
            swiftSettings: settings),
    ]
)
