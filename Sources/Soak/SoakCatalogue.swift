import Foundation

/// One endpoint of the soak, and what must come of it. The verifier knows the plan from here and not from Habeas.
struct SoakEndpoint: Hashable, Sendable {
    var id: String
    /// `source`, `sinks` or `logs`.
    var stage: String
    /// `retention` is done by `habeas worker`, `soak` by the driver itself.
    var connector: String
    var exports = false
    /// Verifications after the erasure, each this many seconds later.
    var reverifySeconds: [Int] = []
    /// Of the connector `retention`: how long the data is kept.
    var retentionSeconds: Int?
}

/// A task that a request must lead to.
struct PlannedTask: Hashable, Sendable {
    var endpoint: SoakEndpoint
    /// `export`, `source`, `sinks`, `logs` or `verify`.
    var stage: String
}

enum RequestKind: Hashable, Sendable {
    case erasure, access
}

enum SoakCatalogue {
    static let hub = "soak.azure-devices.net"
    static let ownConnector = "soak"
    static let ackTimeoutMs: Int64 = 10_000
    /// Generous: what is under test is not how often one may try.
    static let attemptsMax = 30
    static let connectors = ["retention", ownConnector]

    static let endpoints = [
        SoakEndpoint(id: "identity", stage: "source", connector: ownConnector, exports: true),
        SoakEndpoint(id: "provisioning", stage: "source", connector: "retention", retentionSeconds: 0),
        SoakEndpoint(
            id: "archive", stage: "sinks", connector: ownConnector, exports: true, reverifySeconds: [2]),
        SoakEndpoint(id: "queue", stage: "sinks", connector: ownConnector, exports: true),
        SoakEndpoint(id: "stream", stage: "sinks", connector: "retention", retentionSeconds: 3),
        SoakEndpoint(id: "cache", stage: "sinks", connector: "retention", retentionSeconds: 0),
        SoakEndpoint(id: "audit-log", stage: "logs", connector: ownConnector),
        SoakEndpoint(id: "access-log", stage: "logs", connector: "retention", retentionSeconds: 0),
    ]

    /// Every task of a request, by the part of its id behind the request's.
    static let plans: [RequestKind: [String: PlannedTask]] = [.erasure: erasure, .access: access]

    private static var erasure: [String: PlannedTask] {
        var tasks: [String: PlannedTask] = [:]
        for endpoint in endpoints {
            tasks["\(endpoint.id)/erase"] = PlannedTask(endpoint: endpoint, stage: endpoint.stage)
            for ordinal in endpoint.reverifySeconds.indices {
                tasks["\(endpoint.id)/verify-\(ordinal + 1)"] = PlannedTask(endpoint: endpoint, stage: "verify")
            }
        }
        return tasks
    }

    private static var access: [String: PlannedTask] {
        var tasks: [String: PlannedTask] = [:]
        for endpoint in endpoints where endpoint.exports {
            tasks["\(endpoint.id)/export"] = PlannedTask(endpoint: endpoint, stage: "export")
        }
        return tasks
    }

    static var yaml: String {
        let lines = endpoints.map { endpoint in
            let settings = endpoint.retentionSeconds.map { "settings: { retention: PT\($0)S, margin: PT0S }, " } ?? ""
            return "      - { id: \(endpoint.id), kind: other, connector: \(endpoint.connector), "
                + "stage: \(endpoint.stage), actions: [\(endpoint.exports ? "export, erase" : "erase")], settle: PT0S, "
                + settings + "reverify: [\(endpoint.reverifySeconds.map { "PT\($0)S" }.joined(separator: ", "))], "
                + "ack_timeout: PT\(ackTimeoutMs / 1_000)S, worst_case: PT1M, max_attempts: \(attemptsMax), "
                + "backoff: { initial: PT1S, maximum: PT5S } }\n"
        }
        return "hubs:\n  - host: \(hub)\n    endpoints:\n" + lines.joined()
    }
}
