import Coordinator
import SagaKernel
import TestSeed

/// The hubs and endpoints of a run, and the catalogue as it is at present.
final class SimulatedCatalogue {
    static let connectors = ["alpha", "beta", Endpoint.attestationConnector]

    let hosts: [String]
    private(set) var plans: LanePlans
    private let options: SimulationOptions
    private var number: UInt64 = 1

    init(_ options: SimulationOptions) {
        self.options = options
        hosts = (0..<options.hubs).map { "hub\($0).azure-devices.net" }
        plans = LanePlans(plans: [:])
        plans = made()
    }

    /// Another catalogue for the same hubs: some endpoints are the same, some are not.
    func change() -> LanePlans {
        // Going back to an earlier catalogue is a change like any other.
        number = number % 3 + 1
        plans = made()
        return plans
    }

    private func made() -> LanePlans {
        var plans: [String: HubPlan] = [:]
        for (index, host) in hosts.enumerated() {
            var dice = SeededRandom(seed: options.seed &+ number &* 1_000 &+ UInt64(index))
            let endpoints = (0..<options.endpointsPerHub).map { endpoint($0, of: index, &dice) }
            plans[host] = HubPlan(
                host: host, fingerprint: Fingerprint(high: number, low: UInt64(index)), endpoints: endpoints)
        }
        return LanePlans(plans: plans)
    }

    private func endpoint(_ place: Int, of hub: Int, _ dice: inout SeededRandom) -> Endpoint {
        let stage: Stage = place == 0 ? .source : dice.pick([.source, .sinks, .sinks, .logs])
        let asksOwner = place > 0 && dice.chance(1, in: 10)
        let connector = asksOwner ? Endpoint.attestationConnector : dice.pick(["alpha", "beta"])
        var endpoint = Endpoint(
            id: "h\(hub)-e\(place)", kind: "other", connector: connector, stage: stage,
            actions: dice.pick([[.export, .erase], [.erase], [.export, .erase]]))
        endpoint.settleMs = dice.pick([0, 0, 1, 12]) * Milliseconds.minute
        endpoint.ackTimeoutMs = Int64(1 + dice.below(10)) * Milliseconds.minute
        endpoint.worstCaseMs = Milliseconds.hour
        endpoint.maxAttempts = 1 + dice.below(5)
        endpoint.backoff = Backoff(
            initialMs: Int64(1 + dice.below(30)) * Milliseconds.second, maximumMs: 10 * Milliseconds.minute)
        endpoint.reverifyMs = dice.pick([[], [], [10], [5, 40]]).map { $0 * Milliseconds.minute }
        return endpoint
    }
}
