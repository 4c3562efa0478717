import ArgumentParser
import Foundation
import SagaKernel
import Testing

@testable import habeas

struct SettingsTests {
    private func resolve(
        flags: [(Setting, String)] = [], kafka: [String] = [], environment: [String: String] = [:],
        file: String? = nil, used: Set<Setting> = Set(SettingTable.all), required: [Setting] = []
    ) throws -> Settings {
        let scratch = try ScratchFolder()
        let path = try file.map { try scratch.write($0, to: "habeas.yaml") }
        return try SettingsResolver(
            flags: flags.map { SettingFlag(setting: $0, text: $1) }, kafkaFlags: kafka, configPath: path,
            environment: environment, used: used, required: required
        ).resolve()
    }

    private func faults(
        flags: [(Setting, String)] = [], kafka: [String] = [], environment: [String: String] = [:],
        file: String? = nil, required: [Setting] = []
    ) throws -> [String] {
        let scratch = try ScratchFolder()
        let path = try file.map { try scratch.write($0, to: "habeas.yaml") }
        do {
            _ = try SettingsResolver(
                flags: flags.map { SettingFlag(setting: $0, text: $1) }, kafkaFlags: kafka, configPath: path,
                environment: environment, used: Set(SettingTable.all), required: required
            ).resolve()
            return []
        } catch {
            return error.faults.map { $0.description.replacingOccurrences(of: scratch.path + "/", with: "") }
        }
    }

    struct Precedence: Sendable, CustomTestStringConvertible {
        var flag: String?
        var variable: String?
        var line: String?
        var lanes: Int
        var testDescription: String { "flag \(flag ?? "-"), variable \(variable ?? "-"), file \(line ?? "-")" }
    }

    @Test(arguments: [
        Precedence(lanes: 1),
        Precedence(line: "2", lanes: 2),
        Precedence(variable: "3", lanes: 3),
        Precedence(variable: "3", line: "2", lanes: 3),
        Precedence(flag: "4", lanes: 4),
        Precedence(flag: "4", line: "2", lanes: 4),
        Precedence(flag: "4", variable: "3", lanes: 4),
        Precedence(flag: "4", variable: "3", line: "2", lanes: 4),
    ])
    func `a flag wins over the environment, the environment over the file, the file over the default`(
        _ precedence: Precedence
    ) throws {
        let settings = try resolve(
            flags: precedence.flag.map { [(.lanes, $0)] } ?? [],
            environment: precedence.variable.map { ["HABEAS_LANES": $0] } ?? [:],
            file: precedence.line.map { "lanes: \($0)\n" })
        #expect(settings.integer(.lanes) == precedence.lanes)
    }

    @Test func `every fault of every source is told in one go, with its place`() throws {
        let found = try faults(
            flags: [(.lanes, "zero"), (.topicPrefix, "a b")], kafka: ["sasl.password"],
            environment: ["HABEAS_COMMIT_INTERVAL": "P1M", "HABEAS_LANE": "1", "HABEAS_API": ""],
            file: """
                turn_records: 0
                topic_prefx: x
                limits:
                  identities: many
                  identity: 3
                grace: [P1D]
                """, required: [.bootstrapServers])
        #expect(
            found == [
                "--kafka: is not of the form property=value",
                "HABEAS_LANE: there is no such setting (did you mean HABEAS_LANES?); unset it",
                "habeas.yaml:2: unknown key topic_prefx (did you mean topic_prefix?)",
                "habeas.yaml:5: unknown key limits.identity (did you mean limits.identities?)",
                "--topic-prefix: \"a b\" is not made of letters, digits, '.', '_' and '-' alone (at most 200)",
                "HABEAS_API: is empty",
                "--lanes: \"zero\" is not a whole number of lanes from 1 to 64",
                "HABEAS_COMMIT_INTERVAL: \"P1M\" counts years or months, whose length varies; "
                    + "give days (P30D) or weeks",
                "habeas.yaml:1: turn_records: \"0\" is not a whole number of records from 1 to 100000",
                "habeas.yaml:6: grace: is a list where one value is expected",
                "habeas.yaml:4: limits.identities: \"many\" is not a whole number of identities from 1 to 1000",
                "missing: bootstrap_servers is needed (Kafka brokers to begin with, host:port separated by commas): "
                    + "give --bootstrap-servers, or HABEAS_BOOTSTRAP_SERVERS, or bootstrap_servers in the file",
            ])
    }

    @Test func `a nested key and a flat key mean the same, and both together are a fault`() throws {
        #expect(try resolve(file: "limits: {identities: 7}").integer(.limitsIdentities) == 7)
        #expect(try resolve(file: "limits.identities: 7").integer(.limitsIdentities) == 7)
        #expect(
            try faults(file: "limits.identities: 7\nlimits:\n  identities: 8\n")
                == ["habeas.yaml:3: limits.identities: is given twice, first in line 1"])
    }

    @Test func `a file that is no YAML is named with the line and without its text`() throws {
        let found = try faults(file: "lanes: 1\nsubject_key: \"secret\n")
        #expect(found.count == 1)
        #expect(found[0].hasPrefix("habeas.yaml:"))
        #expect(!found[0].contains("secret"))
    }

    @Test func `a secret may lie in a file, and the nearer source wins over the farther`() throws {
        let scratch = try ScratchFolder()
        let other = Data(repeating: 9, count: 33).base64EncodedString()
        let path = try scratch.write(other + "\n", to: "key")
        let fromFlag = try resolve(
            flags: [(Setting.subjectKey.fileVariant, path)], environment: ["HABEAS_SUBJECT_KEY": Samples.key32])
        #expect(fromFlag.secret(.subjectKey)?.bytes.count == 33)
        let fromEnvironment = try resolve(
            environment: ["HABEAS_SUBJECT_KEY": Samples.key32], file: "subject_key_file: \(path)")
        #expect(fromEnvironment.secret(.subjectKey)?.bytes.count == 32)
        #expect(
            try faults(environment: ["HABEAS_SUBJECT_KEY": Samples.key32, "HABEAS_SUBJECT_KEY_FILE": path])
                == ["HABEAS_SUBJECT_KEY: subject_key and subject_key_file are both given; give one"])
    }

    @Test func `a path in the file is relative to the file, one of a flag to the working directory`() throws {
        let scratch = try ScratchFolder()
        try scratch.write(Samples.key32, to: "subject.key")
        let path = try scratch.write("subject_key_file: subject.key\ncatalogue: catalogue.yaml\n", to: "habeas.yaml")
        var resolver = SettingsResolver(configPath: path, used: [.subjectKey, .catalogue])
        #expect(try resolver.resolve().secret(.subjectKey)?.bytes.count == 32)
        #expect(try resolver.resolve().text(.catalogue) == scratch.path + "/catalogue.yaml")
        resolver.flags = [SettingFlag(setting: .catalogue, text: "mine.yaml")]
        #expect(try resolver.resolve().text(.catalogue) == "mine.yaml")
    }

    @Test func `files of secrets are opened only for commands that use them`() throws {
        let settings = try resolve(file: "subject_key_file: /nowhere/subject.key", used: [.api])
        #expect(settings.secret(.subjectKey) == nil)
        #expect(
            try faults(file: "subject_key_file: /nowhere/subject.key")
                == ["habeas.yaml:1: /nowhere/subject.key cannot be read: there is no such file"])
    }

    @Test(arguments: ["c2hvcnQ=", "not base64!"])
    func `a bad secret is refused without being shown`(_ secret: String) throws {
        let scratch = try ScratchFolder()
        let path = try scratch.write(secret, to: "key")
        for found in [
            try faults(environment: ["HABEAS_SUBJECT_KEY": secret]), try faults(flags: [(.subjectKey, secret)]),
            try faults(file: "subject_key: \"\(secret)\""), try faults(file: "subject_key_file: \(path)"),
        ] {
            #expect(found.count == 1)
            #expect(!found.joined().contains(secret))
        }
    }

    @Test func `secrets and Kafka properties do not show when they are printed`() throws {
        let settings = try resolve(
            kafka: ["sasl.password=hunter2"], environment: ["HABEAS_SUBJECT_KEY": Samples.key32])
        var dumped = ""
        dump(settings.secret(.subjectKey), to: &dumped)
        #expect(!"\(settings)\(settings.kafkaProperties[0])\(dumped)".contains("7, 7"))
        #expect("\(settings.kafkaProperties[0])" == "sasl.password=(not shown)")
    }

    @Test func `Kafka properties come from every source, each by its own precedence`() throws {
        let scratch = try ScratchFolder()
        let password = try scratch.write("from-file\n", to: "password")
        let settings = try resolve(
            kafka: ["security.protocol=SASL_SSL", "a.b=x=y"],
            environment: ["HABEAS_KAFKA_SASL_USERNAME": "env", "HABEAS_KAFKA_SASL_PASSWORD_FILE": password],
            file: """
                kafka.security.protocol: PLAINTEXT
                kafka:
                  sasl.username: file
                  socket.timeout.ms: 1000
                """)
        #expect(
            settings.kafkaProperties.map { [$0.name, $0.value] } == [
                ["a.b", "x=y"], ["sasl.password", "from-file"], ["sasl.username", "env"],
                ["security.protocol", "SASL_SSL"], ["socket.timeout.ms", "1000"],
            ])
    }

    @Test func `properties that Habeas sets itself are refused`() throws {
        let found = try faults(kafka: ["group.id=x"], file: "kafka.enable.auto.commit: true")
        #expect(
            found == [
                "habeas.yaml:1: kafka.enable.auto.commit cannot be set: Habeas sets it, because what it promises "
                    + "depends on it",
                "--kafka: kafka.group.id cannot be set: it follows from topic_prefix and instance",
            ])
    }

    @Test func `variables of tests and of Kubernetes are no settings`() throws {
        #expect(
            try faults(environment: [
                "HABEAS_TEST_BROKER": "x", "HABEAS_SERVICE_HOST": "10.0.0.1", "HABEAS_SERVICE_PORT_HTTP": "8080",
                "HABEAS_PORT": "tcp://10.0.0.1:8080", "HABEAS_PORT_8080_TCP_ADDR": "10.0.0.1",
                "HABEAS_COORDINATOR_SERVICE_HOST": "10.0.0.1", "OTHER": "x",
            ]).isEmpty)
        #expect(try faults(environment: ["HABEAS_PORTS": "1"]).count == 1)
    }

    @Test func `the file may be named by the environment`() throws {
        let scratch = try ScratchFolder()
        let path = try scratch.write("lanes: 9", to: "habeas.yaml")
        let resolver = SettingsResolver(environment: ["HABEAS_CONFIG": path])
        #expect(try resolver.resolve().integer(.lanes) == 9)
    }

    @Test(arguments: SettingTable.all)
    func `every default is a value that its own check takes`(_ setting: Setting) throws {
        guard case .literal(let text) = setting.defaultValue else { return }
        guard case .success = setting.read(.text(text)) else {
            Issue.record("\(setting.name): \(text)")
            return
        }
    }

    @Test func `no two settings share a flag or a variable`() {
        let all = Array(SettingTable.names.values)
        #expect(Set(all.map(\.flag)).count == all.count)
        #expect(Set(all.map(\.environmentName)).count == all.count)
        #expect(Setting.limitsRequestBytes.flag == "limits-request-bytes")
        #expect(Setting.limitsRequestBytes.environmentName == "HABEAS_LIMITS_REQUEST_BYTES")
    }

    @Test func `the sections of the processes find everything that they need`() throws {
        let settings = try resolve(
            flags: [
                (.bootstrapServers, "kafka:9092"), (.catalogue, "c.yaml"), (.subjectKey, Samples.key32),
                (.connectors, "directory, webhook"),
            ])
        let coordinator = try CoordinatorSection(settings)
        #expect(coordinator.tuning.turn.guarantee == .exactlyOnce)
        #expect(coordinator.tuning.turn.commitIntervalMs == 50)
        #expect(coordinator.tuning.statusGraceMs == 3 * 365 * Milliseconds.day)
        #expect(coordinator.http == HostPort(host: "127.0.0.1", port: 8080))
        #expect(try WorkerSection(settings).connectors == ["directory", "webhook"])
        #expect(try APISection(settings).baseURL == "http://127.0.0.1:8080")
        #expect(try BrokerSection(settings).topicPrefix == "habeas.")
        #expect(try LogSection(settings).format == .auto)
    }

    @Test(arguments: [("coordinator", 8_080), ("worker", 8_081)])
    func `a coordinator and a worker on one machine do not ask for the same port`(_ name: String, _ port: Int) throws {
        let broker = ["--bootstrap-servers", "kafka:9092"]
        let own = name == "worker" ? ["--connectors", "a"] : ["--catalogue", "c.yaml", "--subject-key", Samples.key32]
        let command = try #require(try HabeasCommand.parseAsRoot([name] + broker + own) as? any HabeasSubcommand)
        #expect(try command.resolver(environment: [:]).resolve().address(.http)?.port == port)
        let given = try command.resolver(environment: ["HABEAS_HTTP": "0.0.0.0:9000"]).resolve()
        #expect(given.address(.http)?.port == 9_000)
    }

    @Test(arguments: [
        ("https://habeas.example/", "https://habeas.example"), ("[::1]:8080", "http://[::1]:8080"),
        ("coordinator:80", "http://coordinator:80"),
    ])
    func `the API is an address or a host with a port`(_ text: String, _ url: String) throws {
        #expect(try APISection(try resolve(flags: [(.api, text)])).baseURL == url)
    }

    @Test(arguments: ["localhost", "host:99999", "ftp://x", "http://user@host", "::1:80"])
    func `what is no address of the API is refused`(_ text: String) throws {
        #expect(try faults(flags: [(.api, text)]).count == 1)
    }

    @Test func `a duration may count years of 365 days`() {
        #expect(SettingDuration.read("P1YT1H") == .success(SettingDuration.yearMs + Milliseconds.hour))
        #expect(SettingDuration.read("P2Y") == .success(2 * SettingDuration.yearMs))
        #expect(SettingDuration.read("P99999999999999Y") == .failure(.tooLong))
        #expect(SettingDuration.format(3 * SettingDuration.yearMs) == "P3Y")
    }
}
