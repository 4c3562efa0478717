import Contract
import RecordLog
import SagaKernel
import Synchronization
import Testing

@testable import Worker

@Suite struct WorkerTests {
    @Test func `an acknowledgement goes to the task's reply, and the offset follows it`() async throws {
        let bench = try Bench([TestConnector()])
        bench.broker.change { $0.holdsPublications = true }
        var headers = HeaderBlock()
        headers.append("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        bench.broker.append(Bench.task(), headers: headers)
        try await bench.run {
            try await eventually { bench.observer.events.contains(.taken(connector: "test")) }
            #expect(bench.broker.now.commits.isEmpty)
            bench.broker.change { $0.holdsPublications = false }
            try await eventually { bench.broker.now.committed == [0: 1] }
        }
        let record = try #require(bench.broker.now.published.first)
        #expect(bench.broker.now.published.count == 1)
        #expect(record.topic == "habeas.acks")
        #expect(record.partition == 3)
        #expect(record.key == Array(Bench.requestID.utf8))
        let read = TaskRecord(partition: 3, offset: 0, key: nil, value: record.value, headers: record.headers)
            .withViews { AcknowledgementReader().read(value: $0, headers: $1) }
        let acknowledgement = try read.get()
        #expect(acknowledgement.homePartition == 3)
        #expect(acknowledgement.acknowledgement.taskPath == "archive/erase")
        #expect(acknowledgement.acknowledgement.verdict == TestConnector.erased)
        #expect(acknowledgement.acknowledgement.worker == "worker-1")
        let names = record.headers.entries.map { entry in
            String(
                decoding: record.headers.bytes[Int(entry.nameStart)..<Int(entry.nameStart + entry.nameLength)],
                as: UTF8.self)
        }
        #expect(names.contains("traceparent") && names.contains("ce_id"))
        #expect(bench.broker.now.left == 1)
    }

    @Test func `offsets wait for the lowest record that is not done`() async throws {
        let turnstile = Turnstile()
        let connector = TestConnector { task in
            if task.endpoint.id == "slow" { await turnstile.pass() }
            return TestConnector.erased
        }
        let bench = try Bench([connector])
        for number in 0..<4 {
            bench.broker.append(Bench.task("e\(number)/erase", endpoint: number == 1 ? "slow" : "e\(number)"))
        }
        try await bench.run {
            try await eventually { bench.broker.acknowledgements.count == 3 }
            try await eventually { bench.broker.now.committed == [0: 1] }
            turnstile.open()
            try await eventually { bench.broker.now.committed == [0: 4] }
        }
        #expect(bench.broker.now.commits.allSatisfy { $0.allSatisfy { $0.offset == 1 || $0.offset == 4 } })
    }

    @Test func `what cannot be read becomes a dead letter with its bytes, and stops nobody`() async throws {
        let bench = try Bench([TestConnector()])
        var headers = HeaderBlock()
        headers.append("x-own", "kept")
        bench.broker.append("{\"task_id\": 7", headers: headers)
        bench.broker.append(Bench.task())
        try await bench.run { try await eventually { bench.broker.now.committed == [0: 2] } }
        let letter = try #require(bench.broker.now.published.first { $0.topic == "habeas.dead-letters" })
        #expect(letter.value == Array("{\"task_id\": 7".utf8))
        #expect(letter.key == Array("key".utf8))
        let (own, facts) = TaskRecord(partition: 0, offset: 0, key: nil, value: letter.value, headers: letter.headers)
            .withViews { _, headers in
                (headers.contains { $0.name.elementsEqual("x-own".utf8) }, DeadLetterFacts.read(headers))
            }
        #expect(own)
        #expect(facts?.code == "malformed")
        #expect(facts?.source == RecordSource(topic: "habeas.tasks.test", partition: 0, offset: 0))
        #expect(bench.broker.acknowledgements.count == 1)
    }

    @Test func `a task that comes again after it was done is acknowledged without work`() async throws {
        let connector = TestConnector()
        let bench = try Bench([connector])
        bench.broker.append(Bench.task())
        try await bench.run {
            try await eventually { bench.broker.acknowledgements.count == 1 }
            bench.broker.append(Bench.task(attempt: 2))
            try await eventually { bench.broker.acknowledgements.count == 2 }
            #expect(connector.begun.count == 1)
            bench.broker.append(Bench.task(epoch: 2))
            try await eventually { bench.broker.acknowledgements.count == 3 }
        }
        #expect(connector.begun.map(\.epoch) == [1, 2])
        #expect(bench.broker.acknowledgements[1].contains(#""attempt":2"#))
        #expect(bench.broker.acknowledgements[1].contains(#""outcome":"erased""#))
    }

    @Test func `a task that was pending or failed is worked on again`() async throws {
        let verdicts = Mutex<[Acknowledgement.Verdict]>([
            .pending(.operationRunning, resumeAt: nil, continuation: "page-2"),
            .failed(TaskError(code: .unavailable), retryable: true, retryAfterMs: nil),
        ])
        let connector = TestConnector { _ in
            verdicts.withLock { $0.isEmpty ? TestConnector.erased : $0.removeFirst() }
        }
        let bench = try Bench([connector])
        try await bench.run {
            for attempt in 1...3 {
                bench.broker.append(Bench.task(attempt: attempt, continuation: attempt == 2 ? "page-2" : nil))
                try await eventually { bench.broker.acknowledgements.count == attempt }
            }
        }
        #expect(connector.begun.map(\.continuation) == [nil, "page-2", nil])
    }

    @Test func `a repetition of a task that is being worked on shares its result`() async throws {
        let turnstile = Turnstile()
        let connector = TestConnector.waiting(at: turnstile)
        let bench = try Bench([connector])
        bench.broker.append(Bench.task())
        bench.broker.append(Bench.task(attempt: 2))
        try await bench.run {
            try await eventually { bench.observer.events.contains(.repeated(connector: "test")) }
            #expect(bench.broker.acknowledgements.isEmpty)
            turnstile.open()
            try await eventually { bench.broker.now.committed == [0: 2] }
        }
        #expect(connector.begun.count == 1)
        #expect(bench.broker.acknowledgements.count == 2)
    }

    @Test func `work that is cancelled says how far it came, and that counts`() async throws {
        let turnstile = Turnstile()
        let connector = TestConnector { _ in
            await turnstile.passUnlessCancelled()
            return .pending(.operationRunning, resumeAt: nil, continuation: "erased=7")
        }
        let bench = try Bench([connector]) { $0.limits.taskTimeoutMs = 5_000 }
        bench.broker.append(Bench.task())
        try await bench.run {
            try await eventually { connector.begun.count == 1 && bench.clock.sleepers > 0 }
            bench.clock.advance(ms: 5_000)
            try await eventually { bench.broker.now.committed == [0: 1] }
        }
        #expect(bench.broker.acknowledgements.count == 1)
        #expect(bench.broker.acknowledgements[0].contains(#""continuation":"erased=7""#))
    }

    @Test func `work that takes too long is cancelled and answered as a timeout`() async throws {
        let turnstile = Turnstile()
        let held = Mutex<Turnstile?>(nil)
        let wasCancelled = Mutex(false)
        let connector = TestConnector { _ in
            await turnstile.passUnlessCancelled()
            wasCancelled.withLock { $0 = Task.isCancelled }
            // It noticed, and goes on all the same.
            let never = Turnstile()
            held.withLock { $0 = never }
            await never.pass()
            return TestConnector.erased
        }
        let bench = try Bench([connector]) { $0.limits.taskTimeoutMs = 5_000 }
        bench.broker.append(Bench.task())
        try await bench.run {
            try await eventually { connector.begun.count == 1 && bench.clock.sleepers > 0 }
            bench.clock.advance(ms: 4_999)
            #expect(bench.broker.acknowledgements.isEmpty)
            bench.clock.advance(ms: 1)
            try await eventually { wasCancelled.withLock { $0 } && bench.clock.sleepers > 0 }
            #expect(bench.broker.acknowledgements.isEmpty)
            bench.clock.advance(ms: 5_000)
            try await eventually { bench.broker.acknowledgements.count == 1 }
            held.withLock { $0 }?.open()
        }
        #expect(bench.broker.acknowledgements[0].contains(#""code":"timeout","retryable":true"#))
    }

    @Test func `work that does not heed its cancellation keeps its endpoint`() async throws {
        let turnstile = Turnstile()
        let connector = TestConnector { task in
            if task.taskID.hasSuffix("first") { await turnstile.pass() }
            return TestConnector.erased
        }
        let bench = try Bench([connector]) { $0.limits.taskTimeoutMs = 5_000 }
        bench.broker.append(Bench.task("archive/first"))
        try await bench.run {
            // Taken together, the second might get the endpoint first.
            try await eventually { connector.begun.count == 1 }
            bench.broker.append(Bench.task("archive/second"))
            bench.broker.append(Bench.task("other/third", endpoint: "other"))
            // What sleeps then is the first one's timeout and the second one's wait.
            try await eventually { bench.broker.acknowledgements.count == 1 && bench.clock.sleepers == 2 }
            bench.clock.advance(ms: 5_000)
            try await eventually { bench.clock.sleepers == 2 }
            bench.clock.advance(ms: 5_000)
            try await eventually { bench.broker.acknowledgements.count == 2 }
            #expect(Set(connector.begun.map(\.endpoint.id)) == ["archive", "other"])
            turnstile.open()
            try await eventually { bench.broker.now.committed == [0: 3] }
        }
        #expect(bench.broker.acknowledgements.count == 3)
        #expect(connector.begun.count == 3)
    }

    @Test func `a name without code is answered as unsupported`() async throws {
        let bench = try Bench([], names: ["cosmos"])
        bench.broker.append(Bench.task())
        try await bench.run { try await eventually { bench.broker.now.committed == [0: 1] } }
        #expect(bench.broker.acknowledgements[0].contains(#""code":"unsupported","retryable":false"#))
    }

    @Test func `an identifier in a verdict is replaced before it leaves`() async throws {
        let connector = TestConnector { task in
            var completion = Completion(outcome: .erased, method: "deleted \(task.subjects[0].deviceID)")
            completion.evidence = [Evidence(name: "job", value: "77")]
            return .completed(completion)
        }
        let bench = try Bench([connector])
        bench.broker.append(Bench.task())
        bench.broker.append(Bench.task(attempt: 2))
        try await bench.run { try await eventually { bench.broker.now.committed == [0: 2] } }
        for acknowledgement in bench.broker.acknowledgements {
            #expect(!acknowledgement.contains("thermostat"))
            #expect(acknowledgement.contains(#""method":"[redacted]""#))
        }
        #expect(bench.observer.events.contains(.redacted(connector: "test", strings: 1)))
    }

    @Test func `a verdict that the coordinator would refuse is answered as a failure instead`() async throws {
        let tooLong = Completion(outcome: .erased, method: String(repeating: "x", count: 5_000))
        let bench = try Bench([TestConnector { _ in .completed(tooLong) }])
        bench.broker.append(Bench.task())
        try await bench.run { try await eventually { bench.broker.now.committed == [0: 1] } }
        let acknowledgement = try #require(bench.broker.acknowledgements.first)
        #expect(acknowledgement.contains(#""code":"internal","retryable":false"#))
        #expect(acknowledgement.contains("method"))
    }

    @Test func `a failure with too many words is told without them, and stays what it is`() async throws {
        let error = TaskError(code: .unavailable, detail: String(repeating: "x", count: 5_000))
        let bench = try Bench([TestConnector { _ in .failed(error, retryable: true, retryAfterMs: 60_000) }])
        bench.broker.append(Bench.task())
        try await bench.run { try await eventually { bench.broker.now.committed == [0: 1] } }
        let acknowledgement = try #require(bench.broker.acknowledgements.first)
        #expect(acknowledgement.contains(#""code":"unavailable","retryable":true"#))
        #expect(acknowledgement.utf8.count < 1_000)
    }

    @Test func `a task that is too long for a dead letter is buried without what does not fit`() async throws {
        let bench = try Bench([TestConnector()]) { $0.recordBytesMax = 4_096 }
        bench.broker.append("{" + String(repeating: " ", count: 5_000))
        try await bench.run { try await eventually { bench.broker.now.committed == [0: 1] } }
        let letter = try #require(bench.broker.now.published.first)
        #expect(letter.value == [])
        #expect(letter.headers.wireBytes < 4_096)
    }

    @Test func `no event and no log line names a subject`() async throws {
        let lines = LogLines()
        let bench = try Bench([TestConnector()], logger: lines.logger)
        bench.broker.append(Bench.task(device: "thermostat-17"))
        bench.broker.append("{\"device_id\":\"thermostat-17\"")
        try await bench.run { try await eventually { bench.broker.now.committed == [0: 2] } }
        #expect(lines.all.contains { $0.contains("acknowledged") && $0.contains("hmac-sha256:") })
        #expect(lines.all.contains { $0.contains("written to the dead letters") })
        #expect(!(lines.all + ["\(bench.observer.events)"]).contains { $0.contains("thermostat") })
    }
}
