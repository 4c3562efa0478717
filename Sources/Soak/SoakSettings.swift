import Foundation
import Kafka

/// What a run was asked to do.
struct SoakSettings: Sendable {
    struct Proxy: Sendable {
        /// On the loopback.
        var port: UInt16
        /// An IPv4 address in digits.
        var targetHost: String
        var targetPort: UInt16
    }

    struct Broker: Sendable {
        var stop: String
        var start: String
    }

    var bootstrapServers: String
    /// The binary whose processes are driven.
    var habeas: URL
    /// Logs of every process.
    var folder: URL
    var rounds: Int
    var roundSeconds: Double
    /// New requests a second.
    var rate: Double
    var guarantee: KafkaGuarantee
    var coordinators: Int
    var workers: Int
    var partitions: Int
    var seed: UInt64
    /// How long, after the faults have stopped, until everything must have ended.
    var settleSeconds: Double
    var broker: Broker?
    var proxy: Proxy?
    /// Behind all others.
    var coordinatorFlags: [String]

    /// The group gives up a member after this.
    static let sessionTimeoutMs = 6_000
    /// Below it, as for every transaction.
    static let transactionTimeoutMs = 5_000
    /// After this a client of the coordinators gives up waiting for an answer and asks again.
    static let requestTimeoutMs = 3_000
}
