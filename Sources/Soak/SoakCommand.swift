import ArgumentParser
import Contract
import Foundation
import Kafka
import TestKit

/// `habeas-soak`: long runs of real processes on a real Kafka, under faults, with a verdict.
@main
struct SoakCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "habeas-soak",
        abstract: "Disturb real coordinators and workers on a real Kafka, and verify what the topics hold.",
        discussion: """
            Makes topics of its own, starts coordinators and workers as processes, sends requests at a steady rate \
            (some twice, some that must be refused), and answers part of the tasks itself: late, twice, wrongly, not \
            at all. Meanwhile it starts, stops, kills and freezes processes, restarts the broker, and delays and cuts \
            connections. Then everything may come to rest, and an independent verifier reads the committed topics: \
            nothing may be missing, nothing may be there twice, and everything must follow from what was asked and \
            answered. Its topics stay when something was found, and so do the logs.

            THE BROKER
              Any Kafka from 2.5 on with transactions, on which topics may be made. To restart it, give
              --broker-stop and --broker-start, commands for a shell that return when it is done.
              To delay what coordinators send, give --proxy-listen and --proxy-to, and give the broker a
              second listener which advertises the proxy's port, so that clients come back to the proxy
              whatever the broker tells them. On one broker, with the proxy on 9095:
                listeners=PLAINTEXT://127.0.0.1:9092,PROXIED://127.0.0.1:9094
                advertised.listeners=PLAINTEXT://127.0.0.1:9092,PROXIED://127.0.0.1:9095
                listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT
              and --proxy-listen 9095 --proxy-to 127.0.0.1:9094. group.min.session.timeout.ms may be at
              most 6000.

            Exit codes: 0 in order, 1 not in order, 64 usage, 69 the run could not be carried out.

            EXAMPLES:
              habeas-soak --bootstrap-servers localhost:9092 --rounds 1 --round-minutes 2
              habeas-soak --bootstrap-servers localhost:9092 --proxy-listen 9095 \\
                --proxy-to 127.0.0.1:9094 --broker-stop ./stop.sh --broker-start ./start.sh
            """)

    @Option(help: ArgumentHelp("Kafka brokers to begin with, without the proxy.", valueName: "host:port"))
    var bootstrapServers: String

    @Option(help: ArgumentHelp("The habeas binary; default: the one beside this.", valueName: "path"))
    var habeas: String?

    @Option(help: ArgumentHelp("Folder for logs; default: a new one for temporary files.", valueName: "path"))
    var folder: String?

    @Option(help: ArgumentHelp("Rounds, from 1 to 10000.", valueName: "n"))
    var rounds = 30

    @Option(help: ArgumentHelp("Length of a round until it comes to rest, from 0.1 to 1440.", valueName: "minutes"))
    var roundMinutes = 5.0

    @Option(help: ArgumentHelp("New requests a second, from 0.1 to 10000.", valueName: "n"))
    var rate = 5.0

    @Option(help: ArgumentHelp("exactly-once or at-least-once.", valueName: "guarantee"))
    var guarantee = KafkaGuarantee.exactlyOnce.rawValue

    @Option(help: ArgumentHelp("Coordinators at rest, from 1 to 64.", valueName: "n"))
    var coordinators = 2

    @Option(help: ArgumentHelp("Workers at rest, from 1 to 64.", valueName: "n"))
    var workers = 2

    @Option(help: ArgumentHelp("Partitions of each topic, from 2 to 1000.", valueName: "n"))
    var partitions = 6

    @Option(help: ArgumentHelp("Where all that is left to chance begins; default: a new one.", valueName: "n"))
    var seed: UInt64?

    @Option(help: ArgumentHelp("How long everything may take to end when faults stop.", valueName: "minutes"))
    var settleMinutes = 5.0

    @Option(help: ArgumentHelp("Stops the broker.", valueName: "command"))
    var brokerStop: String?

    @Option(help: ArgumentHelp("Starts the broker.", valueName: "command"))
    var brokerStart: String?

    @Option(help: ArgumentHelp("Where coordinators reach the broker through a proxy.", valueName: "port"))
    var proxyListen: UInt16?

    @Option(help: ArgumentHelp("The broker's listener behind the proxy, IPv4 in digits.", valueName: "host:port"))
    var proxyTo: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Further flags for every coordinator, separated by spaces.", valueName: "flags"))
    var coordinatorFlags = ""

    @Flag(help: "Leave the topics even when everything is in order.")
    var keepTopics = false

    @Flag(help: "Print the verdict as one JSON object.")
    var json = false

    func validate() throws {
        if !(1...10_000).contains(rounds) { throw ValidationError("--rounds must be from 1 to 10000.") }
        if !(0.1...1_440).contains(roundMinutes) { throw ValidationError("--round-minutes must be from 0.1 to 1440.") }
        if !(0.1...10_000).contains(rate) { throw ValidationError("--rate must be from 0.1 to 10000.") }
        if !(1...64).contains(coordinators) { throw ValidationError("--coordinators must be from 1 to 64.") }
        if !(1...64).contains(workers) { throw ValidationError("--workers must be from 1 to 64.") }
        if !(2...1_000).contains(partitions) { throw ValidationError("--partitions must be from 2 to 1000.") }
        if !(0.1...1_440).contains(settleMinutes) {
            throw ValidationError("--settle-minutes must be from 0.1 to 1440.")
        }
        if KafkaGuarantee(rawValue: guarantee) == nil {
            throw ValidationError("--guarantee must be exactly-once or at-least-once.")
        }
        if (brokerStop == nil) != (brokerStart == nil) {
            throw ValidationError("--broker-stop and --broker-start belong together.")
        }
        if (proxyListen == nil) != (proxyTo == nil) {
            throw ValidationError("--proxy-listen and --proxy-to belong together.")
        }
        if proxyTo != nil, proxyTarget == nil { throw ValidationError("--proxy-to must be an address and a port.") }
    }

    private var proxyTarget: (host: String, port: UInt16)? {
        guard let parts = proxyTo?.split(separator: ":"), parts.count == 2, let port = UInt16(parts[1]) else {
            return nil
        }
        return (String(parts[0]), port)
    }

    func run() async throws {
        let console = SoakConsole()
        console.watchSignals()
        do {
            let settings = try settings()
            guard FileManager.default.isExecutableFile(atPath: settings.habeas.path) else {
                throw ValidationError("\(settings.habeas.path) cannot be run: build it, or give --habeas.")
            }
            announce(settings, console)
            let deployment = try SoakDeployment(settings)
            let report = try carryOut(settings, deployment, console)
            try show(report)
            guard report.isInOrder else {
                console.line("topics \(deployment.topics.prefix)* and the logs in \(settings.folder.path) are left")
                throw ExitCode(1)
            }
            if !keepTopics { try await deployment.deleteTopics() }
        } catch let failure as SoakFailure {
            console.line("the run could not be carried out: \(failure)")
            throw ExitCode(69)
        }
    }

    private func carryOut(
        _ settings: SoakSettings, _ deployment: SoakDeployment, _ console: SoakConsole
    ) throws -> SoakReport {
        do {
            try deployment.start()
            return try SoakRun(settings, deployment, console: console).run()
        } catch {
            deployment.abandon()
            throw error
        }
    }

    private func settings() throws -> SoakSettings {
        let folder =
            folder.map { URL(fileURLWithPath: $0) }
            ?? FileManager.default.temporaryDirectory.appending(path: "habeas-soak-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var settings = SoakSettings(
            bootstrapServers: bootstrapServers,
            habeas: habeas.map { URL(fileURLWithPath: $0) } ?? Process.habeasBesideThis, folder: folder,
            rounds: rounds, roundSeconds: roundMinutes * 60, rate: rate,
            guarantee: KafkaGuarantee(rawValue: guarantee) ?? .exactlyOnce,
            coordinators: coordinators, workers: workers, partitions: partitions,
            seed: seed ?? UInt64.random(in: 0 ... .max), settleSeconds: settleMinutes * 60, broker: nil, proxy: nil,
            coordinatorFlags: coordinatorFlags.split(separator: " ").map(String.init))
        if let brokerStop, let brokerStart { settings.broker = .init(stop: brokerStop, start: brokerStart) }
        if let proxyListen, let target = proxyTarget {
            settings.proxy = .init(port: proxyListen, targetHost: target.host, targetPort: target.port)
        }
        return settings
    }

    private func announce(_ settings: SoakSettings, _ console: SoakConsole) {
        console.line("seed \(settings.seed), \(settings.guarantee.rawValue), logs in \(settings.folder.path)")
        if settings.broker == nil { console.line("no --broker-stop and --broker-start: the broker is not restarted") }
        if settings.proxy == nil { console.line("no --proxy-listen and --proxy-to: nothing is delayed or cut") }
    }

    private func show(_ report: SoakReport) throws {
        guard json else { return print(report.text) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        print(String(decoding: try encoder.encode(report), as: UTF8.self))
    }
}
