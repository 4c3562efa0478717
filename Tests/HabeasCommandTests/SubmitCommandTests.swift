import ArgumentParser
import Contract
import RecordLog
import SagaKernel
import Testing

@testable import habeas

struct SubmitCommandTests {
    static let broker = ["--bootstrap-servers", "kafka:9092"]

    /// As the coordinator reads it.
    private func read(_ record: OutgoingRecord) throws -> Request {
        let key = try SubjectKey(bytes: Array(repeating: 7, count: 32))
        let reader = RequestReader(limits: RequestLimits(), subjectKey: key, hubIsKnown: { _ in true })
        let result = HeaderViews.with(record.headers.headers) { headers in
            (record.value ?? []).withUnsafeBytes { reader.read(value: $0, headers: headers, now: Samples.now) }
        }
        return try result.get()
    }

    @Test func `a request is published by its key, and its id is all that is printed`() async throws {
        let world = FakeWorld()
        let code = try await world.run(
            ["submit", "--type", "erasure", "--device", "Contoso.azure-devices.net/thermostat-17"] + Self.broker)
        #expect(code == 0)
        #expect(world.out == "00000000-0000-4000-8000-000000000001\n")
        let record = try #require(world.published.first)
        #expect(record.topic == "habeas.requests")
        #expect(record.partition == nil)
        #expect(String(decoding: record.key ?? [], as: UTF8.self) == "00000000-0000-4000-8000-000000000001")
        let request = try read(record)
        #expect(request.type == .erasure)
        #expect(request.submitted == Samples.now)
        #expect(request.subjects == [Subject(hub: "contoso.azure-devices.net", deviceID: "thermostat-17")])
    }

    @Test func `everything that can be said of a request is said`() async throws {
        let world = FakeWorld(input: [
            "# devices", "contoso.azure-devices.net/a", "", "contoso.azure-devices.net/b/cam",
        ])
        let code = try await world.run(
            [
                "submit", "--type", "export", "--devices-from", "-", "--alias", "serial_number=SN=1", "--id",
                Samples.id.uppercased(), "--regulation", "ccpa", "--submitted", "2026-11-01T10:00:00Z", "--exclude",
                "telemetry-archive", "--requested-by", "portal", "--dry-run",
            ] + Self.broker)
        #expect(code == 0)
        let request = try read(try #require(world.published.first))
        #expect("\(request.id)" == Samples.id)
        #expect(request.type == .access)
        #expect(request.regulation == .ccpa)
        #expect(request.submitted == TimeText.parse("2026-11-01T10:00:00Z"))
        #expect(request.subjects.map(\.deviceID) == ["a", "b"])
        #expect(request.subjects.last?.moduleID == "cam")
        #expect(request.excludedEndpoints == ["telemetry-archive"])
        #expect(request.requestedBy == "portal")
        #expect(request.dryRun)
    }

    @Test(arguments: [
        ["--device", "thermostat-17"],
        ["--device", "contoso.azure-devices.net/thermostat-17", "--alias", "thermostat-17"],
        ["--device", "contoso.azure-devices.net/d", "--alias", "imei=thermostat-17"],
        ["--device", "contoso.azure-devices.net/d", "--submitted", "2027-11-02T15:00:00Z"],
        ["--devices-from", "/nowhere/devices.txt"],
    ])
    func `what the coordinator would refuse is not sent, and no name of a device is repeated`(
        _ arguments: [String]
    ) async throws {
        let world = FakeWorld()
        #expect(try await world.run(["submit", "--type", "erasure"] + arguments + Self.broker) == 64)
        #expect(world.published.isEmpty)
        let own = "contoso.azure-devices.net/thermostat-17 (and /module"
        #expect(!world.error.replacing(own, with: "").contains("thermostat-17"))
        #expect(!world.error.isEmpty)
    }

    @Test(arguments: [
        ["submit", "--type", "erasure", "contoso.azure-devices.net/thermostat-17"],
        ["list", "contoso.azure-devices.net/thermostat-17"], ["list", "--device"],
        ["submit", "--type", "erasure", "--device", "a.b/thermostat-17", "thermostat-18"],
    ])
    func `the parser does not repeat the name of a device that is in the wrong place`(_ arguments: [String]) {
        let error = StatusCommandTests.parseError(arguments)
        #expect(HabeasCommand.exitCode(for: error) == CommandExit.usage)
        #expect(!HabeasCommand.fullMessage(for: error, columns: 200).contains("thermostat"))
    }

    @Test func `waiting follows the request until it ends, from before anybody knows it`() async throws {
        let world = FakeWorld { path, world in
            let elapsed = world.now.milliseconds(since: Samples.now)
            if elapsed < 2_000 { return Samples.unknown }
            return Samples.reply(Samples.erasure(state: elapsed < 4_000 ? "in_progress" : "completed"))
        }
        let code = try await world.run(
            ["submit", "--type", "erasure", "--device", "contoso.azure-devices.net/d", "--id", Samples.id, "--wait"]
                + Self.broker)
        #expect(code == 0)
        #expect(world.out.hasPrefix("\(Samples.id)\nRequest   \(Samples.id)\n"))
        #expect(world.error == "in progress, 1 of 4 tasks done\n")
    }

    @Test(arguments: [(true, Int32(2)), (false, Int32(3))])
    func `a wait that runs out tells how far it came`(_ isKnown: Bool, _ code: Int32) async throws {
        let world = FakeWorld { _, _ in isKnown ? Samples.reply(Samples.erasure) : Samples.unknown }
        let arguments = ["submit", "--type", "erasure", "--device", "contoso.azure-devices.net/d", "--id", Samples.id]
        #expect(try await world.run(arguments + ["--wait", "--timeout", "PT3S"] + Self.broker) == code)
    }

    @Test(arguments: [("completed", Int32(0)), ("rejected", Int32(1))])
    func `a corrected request is not answered with the rejection that it corrects`(
        _ state: String, _ code: Int32
    ) async throws {
        let world = FakeWorld { _, world in
            let isDecided = world.now.milliseconds(since: Samples.now) >= 3_000
            return Samples.reply(
                isDecided
                    ? Samples.erasure(state: state, replacing: [("\"version\":7", "\"version\":8")])
                    : Samples.erasure(state: "rejected"))
        }
        let arguments = ["submit", "--type", "erasure", "--device", "contoso.azure-devices.net/d", "--id", Samples.id]
        #expect(try await world.run(arguments + ["--wait"] + Self.broker) == code)
        #expect(world.now >= Samples.now.adding(milliseconds: 3_000))
    }

    @Test func `a wait for a correction that nobody reads does not show the old rejection as its end`() async throws {
        let world = FakeWorld { _, _ in Samples.reply(Samples.erasure(state: "rejected")) }
        let arguments = ["submit", "--type", "erasure", "--device", "contoso.azure-devices.net/d", "--id", Samples.id]
        #expect(try await world.run(arguments + ["--wait", "--timeout", "PT3S"] + Self.broker) == 3)
        #expect(world.published.count == 1)
    }

    @Test func `nothing is sent to be waited for where the API does not answer`() async throws {
        let world = FakeWorld { _, _ in throw StatusFailure.unreachable(url: "http://x", reason: "refused") }
        let arguments = ["submit", "--type", "erasure", "--device", "contoso.azure-devices.net/d", "--id", Samples.id]
        #expect(try await world.run(arguments + ["--wait"] + Self.broker) == 69)
        #expect(world.published.isEmpty)
    }

    @Test func `an id that was made up is named where it is not known whether the request was written`() async throws {
        let world = FakeWorld(publishFailure: .unreachable("timed out"))
        let arguments = ["submit", "--type", "erasure", "--device", "contoso.azure-devices.net/d"]
        #expect(try await world.run(arguments + Self.broker) == 69)
        #expect(world.out.isEmpty)
        #expect(world.error.contains("--id 00000000-0000-4000-8000-000000000001"))
        let certain = FakeWorld(publishFailure: .unknownTopic("habeas.requests"))
        #expect(try await certain.run(arguments + Self.broker) == 1)
        #expect(!certain.error.contains("--id"))
    }
}
