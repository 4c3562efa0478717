import Contract
import Foundation
import Kafka
import TestKit

/// The rounds of a run: disturb, let it come to rest, verify.
final class SoakRun {
    private let settings: SoakSettings
    private let deployment: SoakDeployment
    private let console: SoakConsole
    private let faults: FaultRunner
    private let feeds: [TopicFeed]
    private let verifier: Verifier
    private var ledger: Ledger

    /// Faults stop after this share of a round's time, and requests with them.
    private static let disturbedShare = 0.75

    init(_ settings: SoakSettings, _ deployment: SoakDeployment, console: SoakConsole) {
        self.settings = settings
        self.deployment = deployment
        self.console = console
        faults = FaultRunner(
            settings: settings, coordinators: deployment.coordinators, workers: deployment.workers,
            proxy: deployment.proxy)
        feeds = SoakTopic.allCases.flatMap { topic in
            topic.names(deployment.topics).map { TopicFeed(settings: deployment.kafka, topic: topic, name: $0) }
        }
        let isExactlyOnce = settings.guarantee == .exactlyOnce
        verifier = Verifier(isExactlyOnce: isExactlyOnce)
        ledger = Ledger(isExactlyOnce: isExactlyOnce)
    }

    deinit { for feed in feeds { feed.close() } }

    /// Runs until the last round, or until the first after which the topics are not in order: what comes after one
    /// tells nothing new. A process that ended wrongly is told, and the rounds go on.
    func run() throws -> SoakReport {
        var report = SoakReport(seed: settings.seed, guarantee: settings.guarantee.rawValue)
        for number in 1...settings.rounds {
            let round = try self.round(number)
            report.rounds.append(round)
            console.line("round \(number): \(round.text)")
            report.faults += round.faults
            if round.faults.contains(where: { $0.kind != .processEnded }) { break }
        }
        console.line("stopping every process")
        deployment.stop()
        report.faults += deployment.coordinators.takeFaults() + deployment.workers.takeFaults()
        report.counts = ledger.counts
        report.unaskedEnds = deployment.coordinators.unasked.merging(deployment.workers.unasked, uniquingKeysWith: +)
            .reduce(into: [:]) { $0["\($1.key)"] = $1.value }
        report.undelivered = deployment.producer.undelivered
        return report
    }

    private func round(_ number: Int) throws -> SoakReport.Round {
        var round = SoakReport.Round(number: number)
        let before = ledger.counts
        let sent = deployment.sender.sent
        deployment.sender.resume()
        try disturb(&round)
        deployment.sender.pause()
        deployment.proxy?.policy.clear()
        try deployment.coordinators.restore()
        try deployment.workers.restore()
        console.line("round \(number): faults have stopped, waiting for every request to end")
        let began = Date()
        round.faults = try settle(round: number)
        round.settleSeconds = Date().timeIntervalSince(began)
        round.requests = deployment.sender.sent - sent
        round.tasks = ledger.counts.tasks - before.tasks
        round.statuses = ledger.counts.statuses - before.statuses
        round.deadLetters = ledger.counts.deadLetters - before.deadLetters
        round.parked = ledger.open.values.count { $0.status?.state == "failed" }
        return round
    }

    private func disturb(_ round: inout SoakReport.Round) throws {
        let end = Date().addingTimeInterval(settings.roundSeconds * Self.disturbedShare)
        let plan = FaultPlan(
            seed: settings.seed, round: round.number, hasProxy: deployment.proxy != nil,
            hasBroker: settings.broker != nil)
        for fault in plan {
            try wait(until: min(end, Date().addingTimeInterval(fault.afterSeconds)), round.number, end)
            guard Date() < end else { return }
            guard let line = try faults.perform(fault) else { continue }
            round.disturbances += 1
            console.line("round \(round.number): \(line)")
        }
    }

    private func wait(until moment: Date, _ round: Int, _ end: Date) throws {
        repeat {
            try supervise()
            console.progress(
                "round \(round)/\(settings.rounds), \(Int(max(0, end.timeIntervalSinceNow))) s to go: "
                    + "\(deployment.sender.sent) requests sent, \(deployment.answerer.answers) answers")
            Pause.wait(0.25)
        } while Date() < moment
    }

    private func supervise() throws {
        if console.isInterrupted { throw SoakFailure.interrupted }
        for line in try deployment.coordinators.superviseOnce() + deployment.workers.superviseOnce() {
            console.line(line)
        }
    }

    /// Waits until nothing is wrong that time could still cure, and a little longer, for what should not come and
    /// comes late.
    ///
    /// - Returns: what is wrong then, or when the time is over.
    private func settle(round: Int) throws -> [SoakFault] {
        let deadline = Date().addingTimeInterval(settings.settleSeconds)
        var quiet = 0
        while true {
            try supervise()
            deployment.producer.flush()
            let isBusy = deployment.answerer.held > 0
            try read(by: deadline.addingTimeInterval(60))
            let found = verifier.faults(in: ledger)
            let open = found.count { $0.mayHeal }
            console.progress("round \(round)/\(settings.rounds): \(open) findings that time may cure")
            quiet = open == 0 && !isBusy ? quiet + 1 : 0
            if quiet == 3 || Date() > deadline {
                if found.isEmpty { verifier.close(&ledger) }
                return found + deployment.coordinators.takeFaults() + deployment.workers.takeFaults()
            }
            Pause.wait(1)
        }
    }

    private func read(by deadline: Date) throws {
        for feed in feeds { try feed.readToEnd(by: deadline) { ledger.take($0) } }
    }
}
