import Testing

/// The modules that a source file imports.
enum ImportScan {
    static func modules(in source: SwiftText) -> [String] {
        source.lines.compactMap { line in
            let words = line.split(whereSeparator: \.isWhitespace)
            guard let place = words.firstIndex(of: "import"), words[..<place].allSatisfy(isModifier) else { return nil }
            var rest = words[(place + 1)...]
            if let first = rest.first, kinds.contains(first) { rest = rest.dropFirst() }
            return rest.first.map { String($0.prefix { $0 != "." && $0 != ";" }) }
        }
    }

    private static let kinds: Set<Substring> = [
        "struct", "class", "enum", "protocol", "func", "var", "let", "typealias",
    ]

    private static func isModifier(_ word: Substring) -> Bool {
        word.hasPrefix("@") || ["public", "package", "internal", "fileprivate", "private"].contains(word)
    }
}

/// Arrows run one way, and each foreign library has one door.
struct ImportTests {
    /// What comes with the toolchain and knows nothing of the outside. C and the packages are doors.
    private static let toolchain: Set<String> = ["Synchronization"]
    private static let system: Set<String> = ["Foundation", "Dispatch", "Glibc", "Musl", "Darwin"]

    /// For each target the modules that it may import.
    private static let allowed: [String: Set<String>] = [
        "SagaKernel": [],
        "RecordLog": [],
        "Telemetry": toolchain.union(system),
        "Contract": toolchain.union(["SagaKernel", "RecordLog", "Crypto", "Foundation", "FoundationEssentials"]),
        "Catalogue": toolchain.union(["SagaKernel", "Crypto", "Yams"]),
        "Coordinator": toolchain.union(system).union(["CPrefetch", "SagaKernel", "Contract", "RecordLog", "Logging"]),
        "Kafka": toolchain.union(system).union(["RecordLog", "CRdKafka"]),
        "ReadModel": toolchain.union(system).union([
            "SagaKernel", "Contract", "RecordLog", "Telemetry", "GRDB", "Logging",
        ]),
        "StatusAPI": toolchain.union(system).union([
            "SagaKernel", "Contract", "Telemetry", "Hummingbird", "HummingbirdCore", "HTTPTypes", "NIOCore", "Logging",
            "ServiceLifecycle",
        ]),
        "Worker": toolchain.union(system).union([
            "SagaKernel", "Contract", "RecordLog", "Kafka", "Telemetry", "Logging",
        ]),
        "Connectors": toolchain.union(system).union([
            "SagaKernel", "Contract", "AsyncHTTPClient", "NIOCore", "NIOHTTP1", "NIOFoundationCompat", "Crypto",
            "Logging",
        ]),
        // Where everything meets; still not a second door for C, SQL and the HTTP server.
        "habeas": toolchain.union(system).union([
            "SagaKernel", "Contract", "Catalogue", "Coordinator", "Kafka", "RecordLog", "ReadModel", "StatusAPI",
            "Telemetry", "Worker", "Connectors", "ArgumentParser", "Crypto", "Logging", "ServiceLifecycle",
            "UnixSignals", "Yams", "Histogram",
        ]),
        // A driver from outside: it knows the wire and the processes, and nothing of how they decide.
        "Soak": toolchain.union(system).union([
            "SagaKernel", "Contract", "RecordLog", "Kafka", "TestKit", "TestSeed", "ArgumentParser",
        ]),
        "Simulation": toolchain.union(system).union([
            "SagaKernel", "Contract", "RecordLog", "Coordinator", "TestSeed", "Logging",
        ]),
        "Simulate": toolchain.union(system).union(["Simulation", "SagaKernel", "ArgumentParser"]),
        "TestSeed": toolchain.union(system),
        "FuzzKit": toolchain.union(system).union([
            "SagaKernel", "Contract", "Catalogue", "Coordinator", "RecordLog", "ReadModel", "StatusAPI", "Telemetry",
            "Connectors", "TestSeed", "Logging",
        ]),
        "Fuzz": toolchain.union(system).union(["FuzzKit", "ArgumentParser"]),
        "FuzzGuided": toolchain.union(system).union(["FuzzKit"]),
        "TestKit": toolchain.union(system).union([
            "SagaKernel", "Contract", "Catalogue", "Coordinator", "Kafka", "RecordLog", "ReadModel", "StatusAPI",
            "Telemetry", "Worker", "Connectors", "Logging",
        ]),
    ]

    private static let doors = [
        "CRdKafka": "Kafka", "CPrefetch": "Coordinator", "GRDB": "ReadModel", "Hummingbird": "StatusAPI",
        "AsyncHTTPClient": "Connectors",
    ]

    @Test func `every target imports only what its place in the house allows`() throws {
        var faults: [String] = []
        for target in try Tree.folders(in: "Sources") where !["CRdKafka", "CPrefetch"].contains(target) {
            guard let allowed = Self.allowed[target] else {
                faults.append("Sources/\(target): not in the table of this test; give it a place")
                continue
            }
            for path in try Tree.swiftFiles(below: "Sources/\(target)") {
                for module in ImportScan.modules(in: try Tree.swift(path)) where !allowed.contains(module) {
                    faults.append("\(path): imports \(module)")
                }
            }
        }
        expectNone(faults, "arrows the wrong way")
    }

    /// Tests included: a second door in the tests would soon be one in the sources.
    @Test func `each foreign library has one door`() throws {
        var faults: [String] = []
        for path in try Tree.swiftFiles(below: "Sources") + Tree.swiftFiles(below: "Tests") {
            let room = String(path.split(separator: "/")[1])
            for module in ImportScan.modules(in: try Tree.swift(path)) {
                guard let door = Self.doors[module], room != door, room != door + "Tests" else { continue }
                faults.append("\(path): \(module) belongs to \(door)")
            }
        }
        expectNone(faults, "wrong door")
    }

    @Test func `the kernel imports nothing`() throws {
        for path in try Tree.swiftFiles(below: "Sources/SagaKernel") {
            #expect(ImportScan.modules(in: try Tree.swift(path)).isEmpty, "\(path)")
        }
    }
}
