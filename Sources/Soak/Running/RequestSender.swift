import Contract
import Foundation
import SagaKernel
import Synchronization
import TestKit
import TestSeed

/// A backend: sends requests at a steady rate, some twice, some that must be refused.
final class RequestSender: @unchecked Sendable {
    private let producer: SteadyProducer
    private let topic: String
    private let rate: Double
    private let isOn = Atomic(false)
    private let isOver = Atomic(false)
    private let count = Atomic(0)
    private let ended = DispatchSemaphore(value: 0)
    // Of the sender's own thread.
    private var random: SeededRandom
    private var later: [(due: Date, send: () -> Void)] = []
    /// Whole numbers of what the rate allows and has not been sent.
    private var credit = 0.0

    /// - Parameter rate: new requests a second.
    init(producer: SteadyProducer, topics: TopicNames, rate: Double, seed: UInt64) {
        self.producer = producer
        topic = topics.requests
        self.rate = rate
        random = SeededRandom(seed: seed)
    }

    /// Valid requests so far, each once.
    var sent: Int { count.load(ordering: .relaxed) }

    func start() {
        Thread { [self] in
            while !isOver.load(ordering: .relaxed) {
                tick()
                Pause.wait(0.1)
            }
            ended.signal()
        }.start()
    }

    func resume() { isOn.store(true, ordering: .relaxed) }

    /// What was to be repeated later is repeated now.
    func pause() { isOn.store(false, ordering: .relaxed) }

    func end() {
        isOver.store(true, ordering: .relaxed)
        ended.wait()
    }

    private func tick() {
        let isOn = isOn.load(ordering: .relaxed)
        let now = Date()
        for item in later where !isOn || item.due <= now { item.send() }
        later.removeAll { !isOn || $0.due <= now }
        guard isOn else { return }
        credit += rate / 10
        while credit >= 1 {
            credit -= 1
            sendOne()
        }
    }

    private func sendOne() {
        let id = RequestID(high: random.next(), low: random.next())
        let device = "device-\(random.below(100_000))"
        switch random.below(100) {
        case 0: refused(id, device, code: "malformed", value: Array("{\"subject_request_id\":".utf8))
        case 1: refused(id, device, code: "missing_field") { $0.identities = [] }
        case 2:
            refused(id, device, code: "unknown_hub") {
                $0.identities = [.device(hub: "elsewhere.azure-devices.net", deviceID: device)]
            }
        case 3...8: valid(id, device, again: 1 + random.below(3))
        case 9, 10: contradicted(id, device)
        default: valid(id, device, again: 0)
        }
    }

    private func draft(_ id: RequestID, _ device: String) -> RequestDraft {
        RequestDraft(
            id: id, type: random.chance(1, in: 6) ? .access : .erasure, submitted: TestClock().now(),
            identities: [.device(hub: SoakCatalogue.hub, deviceID: device)])
    }

    private func put(_ id: RequestID, _ value: [UInt8], expect: String? = nil) {
        // By key as every backend does it, and under the id even where the body has none.
        producer.send(
            topic: topic, partition: nil, key: id.description, value: value,
            headers: expect.map { [(SoakHeader.expect, $0)] } ?? [])
    }

    private func after(_ seconds: Int, _ send: @escaping () -> Void) {
        later.append((Date().addingTimeInterval(Double(seconds)), send))
    }

    private func valid(_ id: RequestID, _ device: String, again: Int) {
        let value = RequestWriter.bytes(draft(id, device))
        put(id, value)
        count.add(1, ordering: .relaxed)
        for _ in 0..<again { after(random.below(40)) { [self] in put(id, value) } }
    }

    /// The same id with another meaning, while its request is under way.
    private func contradicted(_ id: RequestID, _ device: String) {
        valid(id, device, again: 0)
        let value = RequestWriter.bytes(draft(id, device + "-other"))
        after(random.below(40)) { [self] in put(id, value, expect: "conflicting_duplicate") }
    }

    private func refused(
        _ id: RequestID, _ device: String, code: String, value: [UInt8]? = nil,
        change: (inout RequestDraft) -> Void = { _ in }
    ) {
        var wrong = draft(id, device)
        change(&wrong)
        put(id, value ?? RequestWriter.bytes(wrong), expect: code)
        guard random.chance(1, in: 2) else { return }
        // Corrected, under the same id.
        after(random.below(20)) { [self] in valid(id, device, again: 0) }
    }
}

/// Waiting that is no busy loop.
enum Pause {
    static func wait(_ seconds: Double) {
        _ = DispatchSemaphore(value: 0).wait(timeout: .now() + seconds)
    }
}
