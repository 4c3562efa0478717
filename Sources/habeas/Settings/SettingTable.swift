import Contract
import SagaKernel

/// Every setting there is, once. Flags, variables, keys, checks, defaults and help texts all come from here.
enum SettingTable {
    static let all: [Setting] =
        broker + [.catalogue] + service + coordinator + worker + [.subjectKey, .operator, .logLevel, .logFormat]

    static let broker: [Setting] = [.bootstrapServers, .topicPrefix, .brokerTimeout]
    static let service: [Setting] = [.api, .apiTimeout, .http, .instance]
    static let coordinator: [Setting] = [
        .processingGuarantee, .lanes, .readModel, .commitInterval, .turnRecords, .grace, .statusGrace,
        .limitsRequestBytes, .limitsIdentities, .limitsEndpointsPerHub, .limitsTasks, .limitsKeptBytes, .restoreTimeout,
        .watchdog, .stopTimeout,
    ]
    static let worker: [Setting] = [
        .connectors, .workerConcurrency, .rate, .endpointRate, .taskTimeout, .directoryRoots, .webhookSecretsFile,
        .webhookPlainHTTP,
        .callbackBaseURL, .callbackKey, .callbackLife,
    ]

    /// The keys that a file may have besides `kafka.<property>`, the files of secrets among them.
    static let names: [String: Setting] = {
        var names: [String: Setting] = [:]
        for setting in all {
            names[setting.name] = setting
            if setting.isSecret { names[setting.fileVariant.name] = setting.fileVariant }
        }
        return names
    }()
}

// Where records are.
extension Setting {
    static let bootstrapServers = Setting(
        "bootstrap_servers", .text, "Kafka brokers to begin with, host:port separated by commas")
    static let topicPrefix = Setting(
        "topic_prefix", .topicPrefix, default: .literal("habeas."), "What the names of all topics begin with")
    static let brokerTimeout = Setting(
        "broker_timeout", .duration(Milliseconds.second...10 * Milliseconds.minute), default: .literal("PT30S"),
        "How long the broker may take to answer a question of the command line")
    static let catalogue = Setting("catalogue", .path, "Catalogue file: the endpoints of every hub")
}

// Who serves and who asks.
extension Setting {
    static let api = Setting(
        "api", .server, default: .literal("127.0.0.1:8080"), "Where the coordinator's status API is")
    static let apiTimeout = Setting(
        "api_timeout", .duration(100...5 * Milliseconds.minute), default: .literal("PT10S"),
        "How long the status API may take to answer")
    static let http = Setting(
        "http", .address, default: .literal("127.0.0.1:8080"), "Where to serve the API, health and metrics")
    /// The same for a worker, whose port is another so that it can run beside a coordinator.
    static let workerHTTP = Setting(
        "http", .address, default: .literal("127.0.0.1:8081"), "Where to serve health, metrics and owners' callbacks")
    /// The same for the demo, which must not disturb what runs already.
    static let demoHTTP = Setting(
        "http", .address, default: .literal("127.0.0.1:0"), "Where to serve the API; port 0 is one that is free")
    static let instance = Setting(
        "instance", .text, default: .hostName,
        "Name of this process, unique and the same after a restart; two with one name push each other out")
    static let `operator` = Setting("operator", .text, default: .userName, "Who gives the command, for the record")
    static let subjectKey = Setting(
        "subject_key", .secret(minimumBytes: 32),
        "Key of the references that stand for identifiers; a flag is visible to others on the machine, a file is not")
    static let logLevel = Setting(
        "log_level", .choice(["trace", "debug", "info", "notice", "warning", "error", "critical"]),
        default: .literal("info"), "Least important messages to log")
    static let logFormat = Setting(
        "log_format", .choice(["auto", "text", "json"]), default: .literal("auto"),
        "How to log; auto is text on a terminal and json elsewhere")
}

// What a coordinator does.
extension Setting {
    static let processingGuarantee = Setting(
        "processing_guarantee", .choice(["exactly-once", "at-least-once"]), default: .literal("exactly-once"),
        "at-least-once is for brokers without transactions")
    static let lanes = Setting(
        "lanes", .integer(1...64, unit: "lanes"), default: .literal("1"),
        "Threads that own partitions; about one core each at full load")
    static let readModel = Setting(
        "read_model", .path, "SQLite file of the read model; in memory when not given, and rebuilt at every start")
    static let commitInterval = Setting(
        "commit_interval", .duration(1...10 * Milliseconds.second), default: .literal("PT0.05S"),
        "How long after a turn the next one commits; records are collected meanwhile")
    static let turnRecords = Setting(
        "turn_records", .integer(1...100_000, unit: "records"), default: .literal("5000"),
        "Most records in one turn")
    static let grace = Setting(
        "grace", .duration(0...10 * SettingDuration.yearMs), default: .literal("P30D"),
        "How long an ended saga is kept before its snapshot becomes a tombstone")
    static let statusGrace = Setting(
        "status_grace", .duration(0...30 * SettingDuration.yearMs), default: .literal("P3Y"),
        "How long the status of an ended request is kept; a year is 365 days")
    static let limitsRequestBytes = Setting(
        "limits.request_bytes", .integer(RequestLimits.requestBytesRange, unit: "bytes"), default: .literal("262144"),
        "Largest request that is read")
    static let limitsIdentities = Setting(
        "limits.identities", .integer(RequestLimits.identitiesRange, unit: "identities"), default: .literal("100"),
        "Most identities in a request")
    static let limitsEndpointsPerHub = Setting(
        "limits.endpoints_per_hub", .integer(1...256, unit: "endpoints"), default: .literal("64"),
        "Most endpoints of a hub in the catalogue")
    static let limitsTasks = Setting(
        "limits.tasks", .integer(1...2_000, unit: "tasks"), default: .literal("256"), "Most tasks of a request")
    static let limitsKeptBytes = Setting(
        "limits.kept_bytes", .integer(65_536...16_777_216, unit: "bytes"), default: .literal("262144"),
        "Most that one request keeps of what workers say: artifacts, evidence, errors")
    static let restoreTimeout = Setting(
        "restore_timeout", .duration(5 * Milliseconds.second...Milliseconds.hour), default: .literal("PT1M"),
        "How long a restore may bring nothing new before the process gives up")
    static let watchdog = Setting(
        "watchdog", .duration(5 * Milliseconds.second...Milliseconds.hour), default: .literal("PT1M"),
        "How long a lane may be stuck in one call before the process ends itself")
    static let stopTimeout = Setting(
        "stop_timeout", .duration(Milliseconds.second...5 * Milliseconds.minute), default: .literal("PT10S"),
        "How long work that is under way may take to end after SIGTERM")
}

// What a worker does.
extension Setting {
    static let connectors = Setting("connectors", .list, "Connectors to run, each on its own topic of tasks")
    static let workerConcurrency = Setting(
        "worker_concurrency", .integer(1...1_024, unit: "tasks"), default: .literal("16"),
        "Most tasks that are under way at once")
    static let rate = Setting(
        "rate", .integer(1...6_000_000, unit: "tasks a minute"),
        "Most tasks that begin in a minute, for each connector; no limit when not given")
    static let endpointRate = Setting(
        "endpoint_rate", .integer(1...6_000_000, unit: "tasks a minute"),
        "Most tasks that begin in a minute, for each endpoint; no limit when not given")
    static let taskTimeout = Setting(
        "task_timeout", .duration(Milliseconds.second...6 * Milliseconds.hour), default: .literal("PT10M"),
        "How long one attempt may take; less than the endpoint's ack_timeout")
    static let directoryRoots = Setting(
        "directory_roots", .list, "Folders that the directory connector may touch, and everything below them")
    static let webhookSecretsFile = Setting(
        "webhook_secrets_file", .path, "File with the secrets that sign the webhook connector's calls")
    static let callbackBaseURL = Setting(
        "callback_base_url", .url, "Where endpoint owners reach this worker to acknowledge a webhook's task")
    static let callbackKey = Setting(
        "callback_key", .secret(minimumBytes: 32),
        "Key that signs callback addresses, the same for every worker; needed with callback_base_url")
    static let callbackLife = Setting(
        "callback_life", .duration(Milliseconds.minute...366 * Milliseconds.day), default: .literal("P60D"),
        "How long a callback address is good for")
    static let webhookPlainHTTP = Setting(
        "webhook_plain_http", .boolean, default: .literal("false"),
        "Lets webhooks have http:// addresses that leave the machine")
}
