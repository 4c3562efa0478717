public import RecordLog

/// Why a worker could not begin, or ended by itself.
public enum WorkerFailure: Error, Hashable, Sendable {
    /// These settings are out of range, see `WorkerSettings`: correct them and start again.
    case settings([String])
    /// Two of the connectors that were given have this name.
    case connectorTwice(String)
    /// `run` was called a second time: a worker runs once.
    case alreadyRun
    /// The task topic of this connector cannot be consumed: restart, after looking at the reason.
    case consuming(connector: String, LogFailure)
    /// Neither acknowledgements nor dead letters can be written: restart, after looking at the reason.
    case publishing(LogFailure)
}
