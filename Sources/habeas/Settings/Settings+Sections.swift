import Contract

/// How to reach the broker, and what the topics are called.
///
/// Keys: `bootstrap_servers` (required), `topic_prefix`, `broker_timeout`, `kafka.<property>`.
struct BrokerSection: Sendable {
    var bootstrapServers: String
    var topicPrefix: String
    /// How long the broker may take to answer a question.
    var timeoutMs: Int64
    /// Name and value of each; a value may be a password.
    var kafkaProperties: [KafkaProperty]

    init(_ settings: Settings) throws(ConfigurationFaults) {
        bootstrapServers = try settings.need(settings.text(.bootstrapServers), .bootstrapServers)
        topicPrefix = try settings.need(settings.text(.topicPrefix), .topicPrefix)
        timeoutMs = try settings.need(settings.milliseconds(.brokerTimeout), .brokerTimeout)
        kafkaProperties = settings.kafkaProperties
    }

    var topics: TopicNames { TopicNames(prefix: topicPrefix) }
}

/// Where the status API is.
///
/// Keys: `api`, `api_timeout`.
struct APISection: Sendable {
    /// Without a slash at its end.
    var baseURL: String
    var timeoutMs: Int64

    init(_ settings: Settings) throws(ConfigurationFaults) {
        let server = try settings.need(settings.text(.api), .api)
        var url = HostPort(server).map { "http://\($0)" } ?? server
        while url.hasSuffix("/") { url.removeLast() }
        baseURL = url
        timeoutMs = try settings.need(settings.milliseconds(.apiTimeout), .apiTimeout)
    }
}

/// How to log.
///
/// Keys: `log_level`, `log_format`.
struct LogSection: Sendable {
    enum Format: String, Sendable {
        case auto, text, json
    }

    /// A level of swift-log.
    var level: String
    var format: Format

    init(_ settings: Settings) throws(ConfigurationFaults) {
        level = try settings.need(settings.text(.logLevel), .logLevel)
        format = try settings.need(settings.text(.logFormat).flatMap(Format.init(rawValue:)), .logFormat)
    }
}

/// What makes a turn.
///
/// Keys: `processing_guarantee`, `commit_interval`, `turn_records`. All have defaults.
struct TurnSection: Sendable {
    enum Guarantee: String, Sendable {
        case exactlyOnce = "exactly-once"
        case atLeastOnce = "at-least-once"
    }

    var guarantee: Guarantee
    var commitIntervalMs: Int64
    var records: Int

    init(_ settings: Settings) throws(ConfigurationFaults) {
        guarantee = try settings.need(
            settings.text(.processingGuarantee).flatMap(Guarantee.init(rawValue:)), .processingGuarantee)
        commitIntervalMs = try settings.need(settings.milliseconds(.commitInterval), .commitInterval)
        records = try settings.need(settings.integer(.turnRecords), .turnRecords)
    }
}

/// How a coordinator goes about its turns, and what it takes.
///
/// Keys: those of `TurnSection`, `lanes`, `grace`, `status_grace`, `limits.*`, `restore_timeout`, `watchdog`. All have
/// defaults.
struct TuningSection: Sendable {
    var turn: TurnSection
    var lanes: Int
    var graceMs: Int64
    var statusGraceMs: Int64
    var requestBytes: Int
    var identities: Int
    var endpointsPerHub: Int
    var tasks: Int
    var keptBytes: Int
    var restoreTimeoutMs: Int64
    var watchdogMs: Int64

    init(_ settings: Settings) throws(ConfigurationFaults) {
        turn = try TurnSection(settings)
        lanes = try settings.need(settings.integer(.lanes), .lanes)
        graceMs = try settings.need(settings.milliseconds(.grace), .grace)
        statusGraceMs = try settings.need(settings.milliseconds(.statusGrace), .statusGrace)
        requestBytes = try settings.need(settings.integer(.limitsRequestBytes), .limitsRequestBytes)
        identities = try settings.need(settings.integer(.limitsIdentities), .limitsIdentities)
        endpointsPerHub = try settings.need(settings.integer(.limitsEndpointsPerHub), .limitsEndpointsPerHub)
        tasks = try settings.need(settings.integer(.limitsTasks), .limitsTasks)
        keptBytes = try settings.need(settings.integer(.limitsKeptBytes), .limitsKeptBytes)
        restoreTimeoutMs = try settings.need(settings.milliseconds(.restoreTimeout), .restoreTimeout)
        watchdogMs = try settings.need(settings.milliseconds(.watchdog), .watchdog)
    }
}

/// What the coordinator needs besides the broker.
///
/// Keys: `catalogue` and `subject_key` (both required), `instance`, `http`, `read_model`, `stop_timeout`, and those of
/// `TuningSection`.
struct CoordinatorSection: Sendable {
    var cataloguePath: String
    var subjectKey: Secret
    var instance: String
    var http: HostPort
    /// nil: in memory.
    var readModelPath: String?
    var stopTimeoutMs: Int64
    var tuning: TuningSection

    init(_ settings: Settings) throws(ConfigurationFaults) {
        cataloguePath = try settings.need(settings.text(.catalogue), .catalogue)
        subjectKey = try settings.need(settings.secret(.subjectKey), .subjectKey)
        instance = try settings.need(settings.text(.instance), .instance)
        http = try settings.need(settings.address(.http), .http)
        readModelPath = settings.text(.readModel)
        stopTimeoutMs = try settings.need(settings.milliseconds(.stopTimeout), .stopTimeout)
        tuning = try TuningSection(settings)
    }
}

/// What a worker needs besides the broker.
///
/// Keys: `connectors` (required), `instance`, `worker_concurrency`, `task_timeout`, `directory_roots`,
/// `webhook_secrets_file`, `webhook_plain_http`, `callback_base_url`, `callback_key`, `callback_life`, `http`,
/// `stop_timeout`.
struct WorkerSection: Sendable {
    var connectors: [String]
    var instance: String
    var concurrency: Int
    /// Tasks a minute, of a connector and of an endpoint.
    var rate: Int?
    var endpointRate: Int?
    var taskTimeoutMs: Int64
    var directoryRoots: [String]
    var webhookSecretsPath: String?
    var webhookPlainHTTP: Bool
    var callbackBaseURL: String?
    var callbackKey: Secret?
    var callbackLifeMs: Int64
    var http: HostPort
    var stopTimeoutMs: Int64

    init(_ settings: Settings) throws(ConfigurationFaults) {
        connectors = try settings.need(settings.list(.connectors), .connectors)
        instance = try settings.need(settings.text(.instance), .instance)
        concurrency = try settings.need(settings.integer(.workerConcurrency), .workerConcurrency)
        rate = settings.integer(.rate)
        endpointRate = settings.integer(.endpointRate)
        taskTimeoutMs = try settings.need(settings.milliseconds(.taskTimeout), .taskTimeout)
        directoryRoots = settings.list(.directoryRoots) ?? []
        webhookSecretsPath = settings.text(.webhookSecretsFile)
        webhookPlainHTTP = try settings.need(settings.boolean(.webhookPlainHTTP), .webhookPlainHTTP)
        callbackBaseURL = settings.text(.callbackBaseURL)
        callbackKey = settings.secret(.callbackKey)
        callbackLifeMs = try settings.need(settings.milliseconds(.callbackLife), .callbackLife)
        http = try settings.need(settings.address(.http), .http)
        stopTimeoutMs = try settings.need(settings.milliseconds(.stopTimeout), .stopTimeout)
    }
}
