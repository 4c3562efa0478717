/// The records of the contract that travel in an envelope.
public enum RecordType: String, CaseIterable, Sendable {
    case request, task, ack, command, status, timeline

    /// The CloudEvents type: `dev.habeas.request.v1` and so on.
    public var ceType: StaticString {
        switch self {
        case .request: "dev.habeas.request.v1"
        case .task: "dev.habeas.task.v1"
        case .ack: "dev.habeas.ack.v1"
        case .command: "dev.habeas.command.v1"
        case .status: "dev.habeas.status.v1"
        case .timeline: "dev.habeas.timeline.v1"
        }
    }
}
