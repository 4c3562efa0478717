import Foundation

/// Carries out the disturbances.
final class FaultRunner {
    private let settings: SoakSettings
    private let coordinators: Fleet
    private let workers: Fleet
    private let proxy: TCPProxy?

    init(settings: SoakSettings, coordinators: Fleet, workers: Fleet, proxy: TCPProxy?) {
        self.settings = settings
        self.coordinators = coordinators
        self.workers = workers
        self.proxy = proxy
    }

    /// - Returns: one line about what was done; nil where there was nothing to do it to.
    func perform(_ fault: PlannedFault) throws -> String? {
        switch fault.kind {
        case .startCoordinator: try coordinators.startAnother().map { "\($0): started" }
        case .stopCoordinator: coordinators.stopOne(fault.choice).map { "\($0): stopped" }
        case .killCoordinator: try kill(coordinators, fault)
        case .freezeCoordinator: freeze(coordinators, fault)
        case .startWorker: try workers.startAnother().map { "\($0): started" }
        case .stopWorker: workers.stopOne(fault.choice).map { "\($0): stopped" }
        case .killWorker: try kill(workers, fault)
        case .freezeWorker: freeze(workers, fault)
        case .restartBroker: try restartBroker(fault)
        case .delayTransactions, .delayEverything, .cutConnections, .lateEnd: disturb(fault)
        }
    }

    private func kill(_ fleet: Fleet, _ fault: PlannedFault) throws -> String? {
        let seconds = fault.share < 0.5 ? 0 : fault.share * 10
        return try fleet.killOne(fault.choice, downSeconds: seconds).map {
            "\($0): killed, and started again after \(Text.seconds(seconds))"
        }
    }

    /// Longer than its session: it wakes as a zombie.
    private func freeze(_ fleet: Fleet, _ fault: PlannedFault) -> String? {
        let seconds = Double(SoakSettings.sessionTimeoutMs) / 1_000 + 1 + fault.share * 6
        return fleet.freezeOne(fault.choice, seconds: seconds).map { "\($0): frozen for \(Text.seconds(seconds))" }
    }

    private func restartBroker(_ fault: PlannedFault) throws -> String? {
        guard let broker = settings.broker else { return nil }
        let began = Date()
        try ShellCommand.run(broker.stop, log: settings.folder.appending(path: "broker-stop.log"))
        Pause.wait(fault.share * 5)
        try ShellCommand.run(broker.start, log: settings.folder.appending(path: "broker-start.log"))
        return "broker: restarted within \(Text.seconds(Date().timeIntervalSince(began)))"
    }

    private func disturb(_ fault: PlannedFault) -> String? {
        guard let proxy else { return nil }
        switch fault.kind {
        case .delayTransactions:
            let (most, seconds) = (200 + Int(fault.share * 1_800), 5 + fault.share * 10)
            proxy.policy.delay(
                ProxyPolicy.APIKey.ofTransactions, upToMs: most, chancePercent: 50, forSeconds: seconds)
            return "proxy: half of the transactions' requests up to \(most) ms late, for \(Text.seconds(seconds))"
        case .delayEverything:
            let most = 50 + Int(fault.share * 400)
            proxy.policy.delay(nil, upToMs: most, chancePercent: 30, forSeconds: 10)
            return "proxy: every third request up to \(most) ms late, for 10.0 s"
        case .cutConnections:
            proxy.cutAll()
            return "proxy: every connection cut"
        case .lateEnd:
            let ms = SoakSettings.requestTimeoutMs + 500 + Int(fault.share * 6_000)
            proxy.policy.holdNext(ProxyPolicy.APIKey.endTxn, ms: ms)
            return "proxy: one EndTxn \(ms) ms late"
        case .startCoordinator, .stopCoordinator, .killCoordinator, .freezeCoordinator, .startWorker, .stopWorker,
            .killWorker, .freezeWorker, .restartBroker:
            return nil
        }
    }
}

enum Text {
    static func seconds(_ seconds: Double) -> String { String(format: "%.1f s", seconds) }
}
