import Contract
import Coordinator
import RecordLog
import SagaKernel
import Testing

/// One record must never stop a partition, however large it is or makes things.
@Suite struct `A limit` {
    @Test func `of the log's records leaves the value out of a dead letter, and says so`() throws {
        let bench = try LaneBench { $0.recordBytesMax = 20_000 }
        bench.broker.recordBytesMax = 20_000
        try bench.start()
        let text = "{" + String(repeating: " ", count: 30_000)
        bench.write(LaneBench.topics.requests, 0, key: "k", text: text)
        bench.write(LaneBench.topics.requests, 0, key: "k", text: "{")
        try bench.settle()
        let letters = bench.deadLetters
        #expect(letters.map { $0.value?.count } == [0, 1])
        #expect(letters[0].headers.last { $0.name == "habeas.value.omitted" }?.value == String(text.utf8.count))
        #expect(!letters[1].headers.contains { $0.name == "habeas.value.omitted" })
        #expect(bench.committed(LaneBench.topics.requests, 0) == 2)
    }

    @Test func `of the log's records leaves headers and key out too where they are what is long`() throws {
        let bench = try LaneBench { $0.recordBytesMax = 20_000 }
        bench.broker.recordBytesMax = 20_000
        try bench.start()
        let long = String(repeating: "x", count: 30_000)
        bench.write(LaneBench.topics.requests, 0, key: "k", Array("{".utf8), headers: [("ce_id", "1"), ("a", long)])
        let many = (0..<3_000).map { _ in (name: "a", value: "b") }
        bench.write(LaneBench.topics.requests, 0, key: "k", Array("{".utf8), headers: many)
        bench.write(LaneBench.topics.requests, 0, key: long, Array("{".utf8))
        try bench.settle()
        let letters = bench.deadLetters
        #expect(letters.map { $0.key?.count } == [1, 1, 0])
        #expect(letters.map { $0.value?.count } == [0, 0, 0])
        for letter in letters.prefix(2) {
            #expect(letter.headers.contains { $0.name == "habeas.headers.omitted" })
            #expect(!letter.headers.contains { $0.name == "a" })
        }
        #expect(letters[2].headers.last { $0.name == "habeas.key.omitted" }?.value == "30000")
        #expect(bench.committed(LaneBench.topics.requests, 0) == 3)
    }

    @Test func `of the log's records keeps a record here that has no room for the mark of a forwarded one`() throws {
        let bench = try LaneBench { $0.recordBytesMax = 20_000 }
        bench.broker.recordBytesMax = 20_000
        try bench.start()
        bench.submit(1, partition: 0)
        try bench.settle()
        bench.directory.set(1, home: 0)
        bench.write(
            LaneBench.topics.requests, 1, key: "k", bench.requestBytes(1),
            headers: [("x", String(repeating: "x", count: 19_000))])
        try bench.settle()
        #expect(bench.deadLetterCodes == ["too_large"])
        #expect(bench.committed(LaneBench.topics.requests, 1) == 1)
    }

    @Test func `of a timeline record counts ids and operators as well as reasons`() throws {
        let bench = try LaneBench { $0.rules.timelineReasonBytesMax = 10_000 }
        try bench.start()
        bench.submit(1)
        try bench.settle()
        for number in 0..<20 {
            bench.command(
                number % 2 == 0 ? .hold : .release, 1, name: "\(number)-" + String(repeating: "i", count: 2_000))
        }
        try bench.settle()
        let record = try #require(bench.values(LaneBench.topics.timeline, 1).last ?? nil)
        #expect(record.count < 16_000)
        #expect(try bench.timeline(1).filter { $0.hasPrefix("command_applied") }.count == 20)
    }

    @Test func `of tasks refuses a request whose plan has more, in its status`() throws {
        let bench = try LaneBench { $0.rules.tasksMax = 1 }
        try bench.start()
        bench.submit(1)
        try bench.settle()
        #expect(bench.deadLetterCodes == ["too_large"])
        #expect(try bench.status(1).state == "rejected")
        #expect(bench.tasks("hub").isEmpty)
    }

    @Test func `of what is kept fails the task whose answer does not fit, and no other`() throws {
        let bench = try LaneBench {
            $0.rules.keptBytesMax = 2_000
            $0.rules.keptBytesFreePerTask = 100
        }
        try bench.start()
        bench.submit(1)
        try bench.settle()
        var completion = Completion(outcome: .erased)
        completion.evidence = [Evidence(name: "log", value: String(repeating: "x", count: 1_500))]
        bench.acknowledge(bench.tasks("hub")[0], .completed(completion))
        try bench.settle()
        bench.acknowledge(bench.tasks("files")[0], .completed(completion))
        try bench.settle()
        #expect(try bench.status(1).state == "failed")
        #expect(try bench.timeline(1).contains("state_changed:failed"))
        bench.command(.attest(tasks: ["archive/erase"], outcome: .attested, evidence: []), 1, name: "c1")
        try bench.settle()
        #expect(try bench.status(1).state == "completed")
    }

    @Test func `of a timeline record drops what was ignored before what was done`() throws {
        let bench = try LaneBench { $0.rules.timelineEventsPerTurnMax = 4 }
        try bench.start()
        bench.submit(1)
        try bench.settle()
        var strange = bench.tasks("hub")[0]
        strange.epoch = 7
        for _ in 0..<10 { bench.acknowledge(strange) }
        bench.command(.hold, 1, name: "c1")
        let before = try bench.timeline(1).count
        try bench.settle()
        let events = try bench.timeline(1).dropFirst(before)
        #expect(events.count == 4)
        #expect(events.contains("command_applied:hold") && events.contains("state_changed:on_hold"))
        #expect(bench.observer.heard.ignored.count == 10)
    }
}

@Suite struct `A connector that is gone` {
    @Test func `keeps its own tasks waiting, and nobody else's`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.submit(1)
        try bench.settle()
        bench.broker.remove(topic: LaneBench.topics.tasks(connector: "files"))
        let plan = LaneBench.plan(2) { $0.endpoints.removeLast() }
        try bench.restart(plans: [plan])
        bench.acknowledge(bench.tasks("hub")[0])
        bench.submit(2)
        try bench.settle()
        #expect(bench.tasks("hub").count == 2)
        #expect(try bench.status(1).planOutdated)
        bench.command(.skip(tasks: ["archive/erase"]), 1, name: "c1")
        try bench.settle()
        #expect(try bench.status(1).state == "completed_with_exceptions")
    }
}
