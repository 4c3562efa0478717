import Contract
import Coordinator
import RecordLog
import SagaKernel
import Testing

@Suite struct `A command from the wire` {
    @Test(arguments: [Command.Verb.skip(tasks: ["registry/erase"]), .replay(tasks: ["registry/erase"], scope: .all)])
    func `is carried out on the tasks that it names`(_ verb: Command.Verb) throws {
        let bench = try LaneBench()
        try bench.start()
        bench.submit(1)
        try bench.settle()
        bench.command(verb, 1, name: "c1")
        try bench.settle()
        #expect(try bench.timeline(1).contains("command_applied:\(verb.name)"))
        #expect(try bench.timeline(1).allSatisfy { !$0.hasPrefix("command_refused") })
        #expect(bench.deadLetterCodes == [])
    }

    @Test func `lets an owner attest, and the request go on`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.submit(1)
        try bench.settle()
        bench.command(.attest(tasks: ["registry/erase"], outcome: .attested, evidence: []), 1, name: "c1")
        try bench.settle()
        bench.acknowledge(bench.tasks("files")[0])
        try bench.settle()
        #expect(try bench.status(1).state == "completed")
    }

    @Test func `never shows the device in the timeline, not even in its id`() throws {
        let bench = try LaneBench()
        try bench.start()
        bench.submit(1, device: "thermostat-17")
        try bench.settle()
        bench.command(.hold, 1, name: "hold-thermostat-17")
        // Another command that names the device too is not taken for the first.
        bench.command(.release, 1, name: "release-thermostat-17")
        try bench.settle()
        #expect(
            try bench.timeline(1).filter { $0.hasPrefix("command") } == [
                "command_applied:hold", "command_applied:release",
            ])
        for value in bench.values(LaneBench.topics.timeline, 1) {
            #expect(!String(decoding: value ?? [], as: UTF8.self).contains("thermostat-17"))
        }
    }
}
