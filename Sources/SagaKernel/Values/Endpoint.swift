/// What a worker is asked to do at an endpoint.
public enum TaskAction: String, CaseIterable, Sendable {
    case export, erase, verify

    /// Whether an outcome is one that this action can have.
    public func accepts(_ outcome: Outcome) -> Bool {
        switch outcome {
        case .exported: self == .export
        case .noData, .attested, .notApplicable: true
        case .erased: self == .erase
        case .alreadyAbsent, .expired: self != .verify || outcome == .expired
        case .absent, .reappeared: self == .verify
        }
    }
}

/// The order in which a request visits its endpoints.
///
/// Access and portability have `export` alone. Erasure goes through `source` (nothing new flows), `sinks` and `logs`;
/// `verify` runs beside them, each verification some time after its own erasure.
public enum Stage: UInt8, CaseIterable, Comparable, Sendable {
    case export, source, sinks, logs, verify

    public var name: String {
        switch self {
        case .export: "export"
        case .source: "source"
        case .sinks: "sinks"
        case .logs: "logs"
        case .verify: "verify"
        }
    }

    public init?(name: some StringProtocol) {
        guard let stage = Stage.allCases.first(where: { $0.name == name }) else { return nil }
        self = stage
    }

    public static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }
}

/// Exponential backoff between the dispatches of a task, before jitter.
public struct Backoff: Hashable, Sendable {
    public var initialMs: Int64
    public var maximumMs: Int64

    public init(initialMs: Int64 = 30 * Milliseconds.second, maximumMs: Int64 = 6 * Milliseconds.hour) {
        self.initialMs = initialMs
        self.maximumMs = maximumMs
    }
}

/// One place that holds data, with every default resolved: what the saga needs to know of it and what the worker is
/// told.
public struct Endpoint: Hashable, Sendable {
    /// Unique in the catalogue; `[a-z0-9.-]{1,64}`.
    public var id: String {
        didSet { (exportPath, erasePath) = Endpoint.paths(id) }
    }
    /// `<id>/export` and `<id>/erase`: what every record about a task names it by, so it is built once.
    public private(set) var exportPath: String
    public private(set) var erasePath: String
    /// One of the catalogue's kinds; opaque here.
    public var kind: String
    /// Names the topic that the tasks go to; opaque here.
    public var connector: String
    public var resourceID: String?
    /// The stage in which an erasure visits it.
    public var stage: Stage
    /// What can be asked here, of `export` and `erase`. What cannot becomes a disclosure `unsupported`.
    public var actions: [TaskAction]
    /// Earliest start after the stage before was left.
    public var settleMs: Int64
    /// How long a dispatched task may stay without an acknowledgement.
    public var ackTimeoutMs: Int64
    /// How long the work may take from its first dispatch, for the feasibility sum.
    public var worstCaseMs: Int64
    /// Failed or timed-out dispatches per epoch, the first included.
    public var maxAttempts: Int
    public var backoff: Backoff
    /// A verification this long after the erasure succeeded, for each entry.
    public var reverifyMs: [Int64]
    /// A JSON object, handed to the connector untouched.
    public var settingsJSON: String
    /// True where nobody can be called: the task waits for its owner's word.
    public var awaitsOwner: Bool

    public init(
        id: String, kind: String, connector: String, resourceID: String? = nil, stage: Stage,
        actions: [TaskAction] = [.export, .erase]
    ) {
        self.id = id
        (exportPath, erasePath) = Endpoint.paths(id)
        self.kind = kind
        self.connector = connector
        self.resourceID = resourceID
        self.stage = stage
        self.actions = actions
        settleMs = 0
        ackTimeoutMs = 15 * Milliseconds.minute
        worstCaseMs = Milliseconds.hour
        maxAttempts = 8
        backoff = Backoff()
        reverifyMs = []
        settingsJSON = "{}"
        awaitsOwner = connector == Endpoint.attestationConnector
    }

    private static func paths(_ id: String) -> (export: String, erase: String) {
        ("\(id)/\(TaskAction.export.rawValue)", "\(id)/\(TaskAction.erase.rawValue)")
    }

    /// Tasks of this connector are published once and then wait for an `attest` command or an acknowledgement.
    public static let attestationConnector = "attestation"
}

/// Something about a request that is told instead of done.
public struct Disclosure: Hashable, Sendable {
    /// A system that holds data and has no endpoint (`device_update_telemetry`), or an endpoint's id.
    public var system: String
    /// `system_generated`, `excluded`, `unsupported`, or a reason of the catalogue's.
    public var reason: String

    public init(system: String, reason: String) {
        self.system = system
        self.reason = reason
    }
}

/// The endpoints of one hub as a running saga keeps them.
///
/// A saga refers to this value by its fingerprint and the log holds it once per partition, so that a million sagas do
/// not carry a million copies of the same settings and a changed catalogue does not change a plan that is running.
public struct HubPlan: Hashable, Sendable {
    /// Host name, lower case.
    public var host: String
    public var fingerprint: Fingerprint
    public var endpoints: [Endpoint]
    public var disclosures: [Disclosure]

    public init(host: String, fingerprint: Fingerprint, endpoints: [Endpoint], disclosures: [Disclosure] = []) {
        self.host = host
        self.fingerprint = fingerprint
        self.endpoints = endpoints
        self.disclosures = disclosures
    }
}
