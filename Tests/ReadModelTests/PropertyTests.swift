import Contract
import Foundation
import SagaKernel
import TestSeed
import Testing

@testable import ReadModel

/// Thousands of statuses in random order, once into the database and once into a dictionary: both must give the same
/// answers to every question.
@Suite struct PropertyTests {
    static let states = [
        "in_progress", "on_hold", "completed", "completed_with_exceptions", "failed", "cancelled", "rejected",
    ]
    static let taskStates = ["blocked", "dispatched", "waiting", "succeeded", "failed", "skipped", "cancelled"]
    static let unsettled: Set<String> = ["blocked", "dispatched", "waiting"]

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `the database answers like a dictionary`(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let file = try TemporaryFile()
        let path = seed % 2 == 0 ? file.path : nil
        var model = try ReadModel(path: path, logger: quiet)
        var truth: [Int: Sample] = [:]
        var log = Log()
        for round in 0..<30 {
            var batch: [LogRecord] = []
            for _ in 0..<Int.random(in: 1...60, using: &random) {
                let number = Int.random(in: 1...80, using: &random)
                if Int.random(in: 0..<12, using: &random) == 0 {
                    truth[number] = nil
                    batch.append(log.tombstone(Sample.id(number)))
                    continue
                }
                let sample = randomSample(number, &random)
                if let known = truth[number], (known.term, known.version) >= (sample.term, sample.version) {
                    batch.append(log.status(sample))
                    continue
                }
                truth[number] = sample
                batch.append(log.status(sample))
            }
            try model.apply(batch)
            if path != nil, round == 15 { model = try ReadModel(path: path, logger: quiet) }
        }
        try await compare(model, truth, &random)
    }

    private func randomSample(_ number: Int, _ random: inout SeededRandom) -> Sample {
        var sample = Sample(number)
        sample.term = Int.random(in: 1...2, using: &random)
        sample.version = Int.random(in: 1...40, using: &random)
        sample.state = Self.states.randomElement(using: &random) ?? "failed"
        sample.dueMs =
            Bool.random(using: &random)
            ? 1_800_000_000_000 + Int64.random(in: 0...9, using: &random) * 1_000 : nil
        sample.tasks = (0..<Int.random(in: 0...5, using: &random)).map { _ in
            (
                "endpoint-\(Int.random(in: 0...3, using: &random))",
                Self.taskStates.randomElement(using: &random) ?? "failed"
            )
        }
        sample.refs = (0..<Int.random(in: 0...3, using: &random)).map { _ in
            Sample.ref(Int.random(in: 1...6, using: &random))
        }
        return sample
    }

    private func compare(_ model: ReadModel, _ truth: [Int: Sample], _ random: inout SeededRandom) async throws {
        let summary = try await model.summary()
        #expect(summary.total == truth.count)
        for state in Self.states {
            #expect(summary.byState[state] == truth.values.count { $0.state == state })
        }
        for number in 1...80 { #expect(try await model.version(number) == truth[number].map { Int64($0.version) }) }
        for _ in 0..<200 {
            var query = StatusQuery(limit: Int.random(in: 1...30, using: &random))
            if Bool.random(using: &random) { query.state = Self.states.randomElement(using: &random) }
            if Bool.random(using: &random) { query.endpoint = "endpoint-\(Int.random(in: 0...4, using: &random))" }
            if Bool.random(using: &random) {
                query.dueBeforeMs = 1_800_000_000_000 + Int64.random(in: 0...10, using: &random) * 1_000
            }
            if Int.random(in: 0..<4, using: &random) == 0 {
                query.subjectRef = "hmac-sha256:\(Sample.ref(Int.random(in: 1...7, using: &random)))"
            }
            let expected = Self.answer(query, truth)
            let answer = try await model.listedIDs { $0 = query }
            #expect(answer == expected, "\(query)")
        }
        #expect(tasksByEndpoint(model) == Self.count(truth))
    }

    private func tasksByEndpoint(_ model: ReadModel) -> [String: Int] {
        let now = model.shared.now
        var result: [String: Int] = [:]
        for (endpoint, number) in now.endpoints {
            for status in TaskStatus.allCases {
                let count = now.tally.tasks[number]?[Int(status.rawValue)] ?? 0
                if count > 0 { result["\(endpoint) \(status.name)"] = count }
            }
        }
        return result
    }

    private static func count(_ truth: [Int: Sample]) -> [String: Int] {
        var result: [String: Int] = [:]
        for sample in truth.values {
            for (endpoint, state) in sample.tasks { result["\(endpoint) \(state)", default: 0] += 1 }
        }
        return result
    }

    /// The meaning of a question, written down the slow way.
    private static func answer(_ query: StatusQuery, _ truth: [Int: Sample]) -> [Int] {
        let unfinished: Set<String> = ["in_progress", "on_hold", "failed"]
        let chosen = truth.filter { _, sample in
            if let state = query.state {
                guard sample.state == state else { return false }
            } else if query.endpoint != nil || query.dueBeforeMs != nil {
                guard unfinished.contains(sample.state) else { return false }
            }
            if let endpoint = query.endpoint {
                let tasks = sample.tasks.filter { $0.0 == endpoint }.map(\.1)
                let matches =
                    switch query.state {
                    case nil, "in_progress", "on_hold": tasks.contains { unsettled.contains($0) }
                    case "failed": tasks.contains("failed")
                    default: !tasks.isEmpty
                    }
                guard matches else { return false }
            }
            if let before = query.dueBeforeMs { guard let due = sample.dueMs, due < before else { return false } }
            if let ref = query.subjectRef {
                guard sample.refs.contains(String(ref.dropFirst(12))) else { return false }
            }
            return true
        }
        return chosen.sorted { ($0.value.dueMs ?? .max, $0.key) < ($1.value.dueMs ?? .max, $1.key) }.map(\.key)
    }
}
