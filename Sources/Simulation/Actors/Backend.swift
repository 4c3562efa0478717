import Contract
import SagaKernel
import TestSeed

/// Sends requests: some of them twice, some that contradict earlier ones, some that are none.
final class Backend {
    private unowned let world: World
    private(set) var ids: [RequestID] = []

    init(_ world: World) { self.world = world }

    func start() {
        for number in 0..<world.options.requests {
            let atMs = Int64(world.random.below(Int(world.options.faultsMs * 3 / 4)))
            world.scheduler.after(atMs) { [self] in submit(UInt64(number)) }
        }
    }

    /// The partition of an id: a backend's partitioner always says the same.
    func partition(of id: RequestID) -> Int32 { Int32(id.low % UInt64(world.options.partitions)) }

    private func submit(_ number: UInt64) {
        let id = RequestID(high: 0xABCD_0000_0000_4000, low: 0x8000_0000_0000_0000 | number)
        let request = draft(id, device: "device-\(number)")
        ids.append(id)
        world.ledger.submitted(id)
        send(id, RequestWriter.bytes(request))
        guard world.random.below(100) < world.options.oddRequestsPercent else { return }
        let laterMs = Int64(world.random.below(Int(world.options.faultsMs)))
        switch world.random.below(4) {
        case 0, 1:
            world.scheduler.after(laterMs) { [self] in send(id, RequestWriter.bytes(request)) }
        case 2:
            var other = request
            other.identities = [.device(hub: world.catalogue.hosts[0], deviceID: "another")]
            let bytes = RequestWriter.bytes(other)
            world.scheduler.after(laterMs) { [self] in send(id, bytes) }
        default:
            let key = "bad-\(number)"
            world.ledger.sentNonsense(key)
            write(key, Array("{\"subject_request_id\":".utf8), to: partition(of: id))
        }
    }

    private func draft(_ id: RequestID, device: String) -> RequestDraft {
        let hosts = world.random.chance(1, in: 3) ? world.catalogue.hosts : [world.random.pick(world.catalogue.hosts)]
        var draft = RequestDraft(
            id: id, type: world.random.chance(1, in: 5) ? .access : .erasure, submitted: world.now,
            identities: hosts.map { .device(hub: $0, deviceID: device) })
        if world.random.chance(1, in: 8) { draft.excludedEndpoints = ["h0-e1"] }
        draft.dryRun = world.random.chance(1, in: 20)
        return draft
    }

    private func send(_ id: RequestID, _ bytes: [UInt8]) {
        guard world.isBrokerUp else { return world.scheduler.after(1_000) { [self] in send(id, bytes) } }
        world.note("backend", "sends \(id)")
        write("\(id)", bytes, to: partition(of: id))
    }

    private func write(_ key: String, _ bytes: [UInt8], to partition: Int32) {
        if world.isQuiet { return }
        world.broker.append(
            SimulatedRecord(key: Array(key.utf8), value: bytes),
            to: Place(topic: World.topics.requests, partition: partition))
    }
}
