import Contract
import SagaKernel
import Testing

@testable import habeas

struct ListCommandTests {
    private func world(_ statuses: [String], cursor: String? = nil, environment: [String: String] = [:]) -> FakeWorld {
        FakeWorld(terminal: .golden, environment: environment) { _, _ in
            let next = cursor.map { "\"\($0)\"" } ?? "null"
            return Samples.reply(
                "{\"requests\":[\(statuses.joined(separator: ","))],\"next_cursor\":\(next),"
                    + "\"as_of\":\"2026-11-02T17:59:58Z\"}")
        }
    }

    @Test func `requests are listed with their deadline and what they wait for`() async throws {
        let failed = Samples.erasure(state: "failed", id: Samples.otherID)
        let waiting = Samples.erasure(
            state: "in_progress",
            replacing: [
                ("\"state\":\"failed\"", "\"state\":\"dispatched\""),
                ("\"error\":{\"code\":\"forbidden\",\"detail\":\"role is missing\"}", "\"error\":null"),
            ])
        let world = world([waiting, failed])
        #expect(try await world.run("list") == 0)
        #expect(world.out == Goldens.list)
    }

    @Test func `every condition reaches the API, encoded`() async throws {
        let world = world([])
        _ = try await world.run(
            "list", "--state", "failed", "--endpoint", "telemetry-archive", "--due-within", "P3D", "--limit", "5",
            "--cursor", "a+b/c=&")
        #expect(
            world.paths == [
                "/v1/requests?state=failed&endpoint=telemetry-archive&due_before=2026-11-05T18%3A00%3A00Z"
                    + "&cursor=a%2Bb%2Fc%3D%26&limit=5"
            ])
        #expect(world.out == "No such requests.\n")
    }

    @Test func `a device is asked for by its reference, and its name does not leave the machine`() async throws {
        let world = world([], environment: ["HABEAS_SUBJECT_KEY": Samples.key32])
        _ = try await world.run("list", "--device", "Contoso.azure-devices.net/thermostat-17")
        let key = try SubjectKey(bytes: Array(repeating: 7, count: 32))
        let reference = key.reference(type: "iot_hub_device", value: "contoso.azure-devices.net/thermostat-17")
        let hex = [reference.words.0, reference.words.1, reference.words.2, reference.words.3]
            .map { word in (0..<16).reversed().map { String(word >> (4 * UInt64($0)) & 15, radix: 16) }.joined() }
            .joined()
        #expect(world.paths == ["/v1/requests?subject_ref=hmac-sha256%3A\(hex)&limit=100"])
        #expect(!world.paths[0].contains("thermostat"))
    }

    @Test func `a device without the key is a configuration fault that names the key and not the device`() async throws
    {
        let world = world([])
        #expect(try await world.run("list", "--device", "contoso.azure-devices.net/thermostat-17") == 78)
        #expect(world.error.contains("subject_key"))
        #expect(!world.error.contains("thermostat"))
        #expect(world.paths.isEmpty)
    }

    @Test(arguments: [
        "thermostat-17", "contoso.azure-devices.net/thermostat-17/a/b", "/thermostat-17", "h/thermostat-17 x",
    ])
    func `a misspelt device is refused without being repeated`(_ device: String) async throws {
        let world = world([], environment: ["HABEAS_SUBJECT_KEY": Samples.key32])
        #expect(try await world.run("list", "--device", device) == 64)
        #expect(!world.error.contains("thermostat-17 x"))
        #expect(!world.error.replacing("contoso.azure-devices.net/thermostat-17 (and", with: "").contains("thermostat"))
    }

    @Test func `json is the API's page, and a further page is offered`() async throws {
        let json = world([Samples.erasure])
        _ = try await json.run("list", "--json")
        #expect(json.out.hasPrefix("{\"requests\":[{\"request_id\""))
        let more = world([Samples.erasure], cursor: "abc")
        _ = try await more.run("list")
        #expect(more.out.hasSuffix("More: the same with --cursor abc\n"))
    }

    @Test func `a question that the API does not take is a usage error`() async throws {
        let strict = FakeWorld { _, _ in
            HTTPReply(code: 400, body: Array(#"{"title":"The query cannot be understood","detail":"limit"}"#.utf8))
        }
        #expect(try await strict.run("list") == 64)
        #expect(strict.error.contains("The query cannot be understood: limit"))
    }

    @Test func `an API that cannot be reached is 69`() async throws {
        let silent = FakeWorld { _, _ in throw StatusFailure.unreachable(url: "http://x", reason: "refused") }
        #expect(try await silent.run("list") == 69)
    }
}
