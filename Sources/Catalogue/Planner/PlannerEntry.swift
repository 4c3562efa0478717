public import SagaKernel

/// In which of five ways something is done at a place.
public enum Means: String, CaseIterable, Sendable {
    /// An interface deletes or returns exactly this device's data.
    case call
    /// Data of many devices stand together; they are read, filtered and written back.
    case rewrite
    /// Nothing can be called; the data expire by themselves after a known time.
    case retentionWait = "retention_wait"
    /// Only the owner can do it, and says so.
    case attestation
    /// It cannot be done by anyone who could be asked; the request tells it instead.
    case disclosure
}

/// What erasing or exporting means at one kind of place.
public struct Meaning: Hashable, Sendable {
    public var means: Means
    /// What remains where `means` does not apply: an immutable container, a queue without a time to live.
    public var otherwise: [Means]
    /// The call, or what is waited for, in words.
    public var how: String

    public init(_ means: Means, otherwise: [Means] = [], _ how: String) {
        self.means = means
        self.otherwise = otherwise
        self.how = how
    }
}

/// Where the tasks of a kind go unless the catalogue says otherwise.
public struct DefaultRoute: Hashable, Sendable {
    public var connector: String
    public var stage: Stage
    public var actions: [TaskAction]

    public init(_ connector: String, _ stage: Stage, _ actions: [TaskAction] = [.export, .erase]) {
        self.connector = connector
        self.stage = stage
        self.actions = actions
    }
}

/// The times of a kind unless the catalogue says otherwise, in milliseconds.
public struct DefaultTimes: Hashable, Sendable {
    /// Earliest start after the stage before was left: the longest that late data may be under way.
    public var settleMs: Int64
    /// Why that long: the fact behind the number, or that it is a choice. Empty where there is nothing to wait for.
    public var settleReason: String
    public var ackTimeoutMs: Int64
    /// How long the work may take from its first dispatch, for the feasibility sum.
    public var worstCaseMs: Int64
    public var reverifyMs: [Int64]

    public init(
        settle: Int64 = 0, because: String = "", ack: Int64 = 15 * Milliseconds.minute, worst: Int64,
        reverify: [Int64] = []
    ) {
        settleMs = settle
        settleReason = because
        ackTimeoutMs = ack
        worstCaseMs = worst
        reverifyMs = reverify
    }
}

/// Whether many devices can share one piece of work.
public enum Batching: Hashable, Sendable {
    case oneByOne
    /// One call takes up to this many devices.
    case perCall(atMost: Int)
    /// The same, where no public page confirms the number.
    case perCallUnverified(atMost: Int)
    /// One pass over the whole store serves every device that is waiting.
    case oneScan
    /// One wait, or one answer of the owner, serves every device.
    case oneWait

    public var text: String {
        switch self {
        case .oneByOne: "one by one"
        case .perCall(let most): "up to \(most) a call"
        case .perCallUnverified(let most): "up to \(most) a call (not confirmed)"
        case .oneScan: "one scan for many devices"
        case .oneWait: "one wait for all"
        }
    }
}

/// How fast the other side lets itself be asked.
public struct RateLimit: Hashable, Sendable {
    /// Operations that `perMs` milliseconds allow; nil where the limit is not a number that is known in advance.
    public var operations: Int?
    public var perMs: Int64?
    /// What the number is counted for: a hub unit, a workspace.
    public var scope: String
    public var text: String

    public init(_ operations: Int, perMs: Int64, scope: String, _ text: String) {
        self.operations = operations
        self.perMs = perMs
        self.scope = scope
        self.text = text
    }

    public init(unknownFor scope: String, _ text: String) {
        operations = nil
        perMs = nil
        self.scope = scope
        self.text = text
    }
}

/// One key of an endpoint's `settings` that this kind's connector understands.
public struct KindSetting: Hashable, Sendable {
    public var name: String
    /// JSON text of what holds when the key is absent; nil where there is no default.
    public var defaultJSON: String?
    public var meaning: String
    /// True where the default stands for a fact that no public page confirms: try it on a live system, and set it.
    public var isUnverified: Bool

    public init(_ name: String, _ defaultJSON: String? = nil, _ meaning: String, unverified: Bool = false) {
        self.name = name
        self.defaultJSON = defaultJSON
        self.meaning = meaning
        isUnverified = unverified
    }
}

/// Everything that planning needs to know of one kind of place.
public struct PlannerEntry: Hashable, Sendable {
    public var kind: EndpointKind
    public var title: String
    public var erase: Meaning
    public var export: Meaning
    public var route: DefaultRoute
    public var times: DefaultTimes
    /// Failed or timed-out dispatches per epoch, the first included.
    public var maxAttempts: Int
    public var typicalCompletion: String
    public var batching: Batching
    /// nil where nothing is called.
    public var rateLimit: RateLimit?
    public var settings: [KindSetting]
    /// Titles of the public pages that the facts come from.
    public var sources: [String]

    init(
        _ kind: EndpointKind, _ title: String, erase: Meaning, export: Meaning, route: DefaultRoute,
        times: DefaultTimes, typically: String, batching: Batching, rateLimit: RateLimit? = nil,
        settings: [KindSetting] = [], sources: [String]
    ) {
        self.kind = kind
        self.title = title
        self.erase = erase
        self.export = export
        self.route = route
        self.times = times
        maxAttempts = 8
        typicalCompletion = typically
        self.batching = batching
        self.rateLimit = rateLimit
        self.settings = settings
        self.sources = sources
    }

    /// An endpoint of this kind with nothing but defaults.
    public func endpoint(id: String) -> Endpoint {
        var endpoint = Endpoint(
            id: id, kind: kind.rawValue, connector: route.connector, stage: route.stage, actions: route.actions)
        endpoint.settleMs = times.settleMs
        endpoint.ackTimeoutMs = times.ackTimeoutMs
        endpoint.worstCaseMs = times.worstCaseMs
        endpoint.reverifyMs = times.reverifyMs
        endpoint.maxAttempts = maxAttempts
        return endpoint
    }

    /// The connector `retention` sees the settings and not this table, so the default goes into them.
    func fillRetention(of endpoint: inout Endpoint) {
        guard endpoint.connector == PlannerTable.retentionConnector,
            let standard = settings.first(where: { $0.name == PlannerTable.retentionSetting })?.defaultJSON,
            let filled = Self.adding(standard, as: PlannerTable.retentionSetting, to: endpoint.settingsJSON)
        else { return }
        endpoint.settingsJSON = filled
    }

    /// nil where the settings have a member of this name, or are no object.
    private static func adding(_ value: String, as name: String, to settings: String) -> String? {
        do throws(JSONFault) {
            guard case .object(var members) = try JSONParser.parse(Array(settings.utf8)), members[name] == nil else {
                return nil
            }
            members[name] = try JSONParser.parse(Array(value.utf8))
            return JSONValue.object(members).canonicalText
        } catch {
            // Both texts are our own: settings were written by a reader, defaults are parsed by a test.
            return nil
        }
    }
}
