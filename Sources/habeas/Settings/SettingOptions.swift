import ArgumentParser

/// Flags of some settings, shared by the commands that use them.
protocol SettingOptions: ParsableArguments, Sendable {
    static var settings: [Setting] { get }
    /// What was given, one for each of `settings` and of the files of its secrets.
    var given: [(Setting, String?)] { get }
    /// Each `property=value`.
    var kafkaProperties: [String] { get }
}

extension SettingOptions {
    var kafkaProperties: [String] { [] }
}

struct ConfigOptions: ParsableArguments, Sendable {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "YAML file with settings; flags and HABEAS_… variables win over it (default: $HABEAS_CONFIG).",
            valueName: "file.yaml"), completion: .file(extensions: ["yaml", "yml"]))
    var config: String?
}

struct BrokerOptions: SettingOptions {
    @Option(setting: .bootstrapServers) var bootstrapServers: String?
    @Option(setting: .topicPrefix) var topicPrefix: String?
    @Option(setting: .brokerTimeout) var brokerTimeout: String?
    @Option(
        name: .long,
        help: ArgumentHelp(
            "A librdkafka property for every client, such as security.protocol=SASL_SSL; repeatable.",
            valueName: "property=value"))
    var kafka: [String] = []

    static let settings: [Setting] = [.bootstrapServers, .topicPrefix, .brokerTimeout]
    var given: [(Setting, String?)] {
        [(.bootstrapServers, bootstrapServers), (.topicPrefix, topicPrefix), (.brokerTimeout, brokerTimeout)]
    }
    var kafkaProperties: [String] { kafka }
}

struct APIOptions: SettingOptions {
    @Option(setting: .api) var api: String?
    @Option(setting: .apiTimeout) var apiTimeout: String?

    static let settings: [Setting] = [.api, .apiTimeout]
    var given: [(Setting, String?)] { [(.api, api), (.apiTimeout, apiTimeout)] }
}

struct SubjectKeyOptions: SettingOptions {
    @Option(setting: .subjectKey) var subjectKey: String?
    @Option(fileOf: .subjectKey) var subjectKeyFile: String?

    static let settings: [Setting] = [.subjectKey]
    var given: [(Setting, String?)] {
        [(.subjectKey, subjectKey), (Setting.subjectKey.fileVariant, subjectKeyFile)]
    }
}

struct OperatorOptions: SettingOptions {
    @Option(setting: .operator) var `operator`: String?

    static let settings: [Setting] = [.operator]
    var given: [(Setting, String?)] { [(.operator, `operator`)] }
}

struct CatalogueOptions: SettingOptions {
    @Option(setting: .catalogue) var catalogue: String?

    static let settings: [Setting] = [.catalogue]
    var given: [(Setting, String?)] { [(.catalogue, catalogue)] }
}

struct LogOptions: SettingOptions {
    @Option(setting: .logLevel) var logLevel: String?
    @Option(setting: .logFormat) var logFormat: String?

    static let settings: [Setting] = [.logLevel, .logFormat]
    var given: [(Setting, String?)] { [(.logLevel, logLevel), (.logFormat, logFormat)] }
}

struct ServiceOptions: SettingOptions {
    @Option(setting: .instance) var instance: String?
    @Option(setting: .http) var http: String?
    @Option(setting: .stopTimeout) var stopTimeout: String?

    static let settings: [Setting] = [.instance, .http, .stopTimeout]
    var given: [(Setting, String?)] { [(.instance, instance), (.http, http), (.stopTimeout, stopTimeout)] }
}

/// What can be chosen of a demo.
struct DemoOptions: SettingOptions {
    @Option(setting: .demoHTTP) var http: String?
    @Option(setting: .logLevel) var logLevel: String?

    static let settings: [Setting] = [.demoHTTP, .logLevel]
    var given: [(Setting, String?)] { [(.demoHTTP, http), (.logLevel, logLevel)] }
}

/// As `ServiceOptions`, with a worker's own default for `http`.
struct WorkerServiceOptions: SettingOptions {
    @Option(setting: .instance) var instance: String?
    @Option(setting: .workerHTTP) var http: String?
    @Option(setting: .stopTimeout) var stopTimeout: String?

    static let settings: [Setting] = [.instance, .workerHTTP, .stopTimeout]
    var given: [(Setting, String?)] { [(.instance, instance), (.workerHTTP, http), (.stopTimeout, stopTimeout)] }
}

struct LimitOptions: SettingOptions {
    @Option(setting: .limitsRequestBytes) var limitsRequestBytes: String?
    @Option(setting: .limitsIdentities) var limitsIdentities: String?
    @Option(setting: .limitsTasks) var limitsTasks: String?
    @Option(setting: .limitsKeptBytes) var limitsKeptBytes: String?
    @Option(setting: .limitsEndpointsPerHub) var limitsEndpointsPerHub: String?

    static let settings: [Setting] = [
        .limitsRequestBytes, .limitsIdentities, .limitsEndpointsPerHub, .limitsTasks, .limitsKeptBytes,
    ]
    var given: [(Setting, String?)] {
        [
            (.limitsRequestBytes, limitsRequestBytes), (.limitsIdentities, limitsIdentities),
            (.limitsTasks, limitsTasks), (.limitsKeptBytes, limitsKeptBytes),
            (.limitsEndpointsPerHub, limitsEndpointsPerHub),
        ]
    }
}

struct ConnectorOptions: SettingOptions {
    @Option(setting: .connectors) var connectors: String?

    static let settings: [Setting] = [.connectors]
    var given: [(Setting, String?)] { [(.connectors, connectors)] }
}

struct GuaranteeOptions: SettingOptions {
    @Option(setting: .processingGuarantee) var processingGuarantee: String?

    static let settings: [Setting] = [.processingGuarantee]
    var given: [(Setting, String?)] { [(.processingGuarantee, processingGuarantee)] }
}

struct TurnOptions: SettingOptions {
    @Option(setting: .processingGuarantee) var processingGuarantee: String?
    @Option(setting: .commitInterval) var commitInterval: String?
    @Option(setting: .turnRecords) var turnRecords: String?

    static let settings: [Setting] = [.processingGuarantee, .commitInterval, .turnRecords]
    var given: [(Setting, String?)] {
        [
            (.processingGuarantee, processingGuarantee), (.commitInterval, commitInterval),
            (.turnRecords, turnRecords),
        ]
    }
}

struct CoordinatorOptions: SettingOptions {
    @Option(setting: .lanes) var lanes: String?
    @Option(setting: .readModel) var readModel: String?
    @Option(setting: .grace) var grace: String?
    @Option(setting: .statusGrace) var statusGrace: String?
    @Option(setting: .restoreTimeout) var restoreTimeout: String?
    @Option(setting: .watchdog) var watchdog: String?

    static let settings: [Setting] = [
        .lanes, .readModel, .grace, .statusGrace, .restoreTimeout, .watchdog,
    ]
    var given: [(Setting, String?)] {
        [
            (.lanes, lanes), (.readModel, readModel), (.grace, grace), (.statusGrace, statusGrace),
            (.restoreTimeout, restoreTimeout), (.watchdog, watchdog),
        ]
    }
}

struct WorkerOptions: SettingOptions {
    @Option(setting: .workerConcurrency) var workerConcurrency: String?
    @Option(setting: .rate) var rate: String?
    @Option(setting: .endpointRate) var endpointRate: String?
    @Option(setting: .taskTimeout) var taskTimeout: String?
    @Option(setting: .directoryRoots) var directoryRoots: String?
    @Option(setting: .webhookSecretsFile) var webhookSecretsFile: String?
    @Option(setting: .webhookPlainHTTP) var webhookPlainHTTP: String?
    @Option(setting: .callbackBaseURL) var callbackBaseURL: String?
    @Option(setting: .callbackKey) var callbackKey: String?
    @Option(fileOf: .callbackKey) var callbackKeyFile: String?
    @Option(setting: .callbackLife) var callbackLife: String?

    static let settings: [Setting] = [
        .workerConcurrency, .rate, .endpointRate, .taskTimeout, .directoryRoots, .webhookSecretsFile,
        .webhookPlainHTTP, .callbackBaseURL, .callbackKey, .callbackLife,
    ]
    var given: [(Setting, String?)] {
        [
            (.workerConcurrency, workerConcurrency), (.rate, rate), (.endpointRate, endpointRate),
            (.taskTimeout, taskTimeout), (.directoryRoots, directoryRoots),
            (.webhookSecretsFile, webhookSecretsFile), (.webhookPlainHTTP, webhookPlainHTTP),
            (.callbackBaseURL, callbackBaseURL), (.callbackKey, callbackKey),
            (Setting.callbackKey.fileVariant, callbackKeyFile), (.callbackLife, callbackLife),
        ]
    }
}
