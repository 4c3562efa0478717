import Contract

/// Tasks that a command may name.
enum TaskSelection {
    /// The tasks that are meant and have not succeeded: what can be skipped and attested.
    static func unsettled(of status: StatusDocument, _ options: TaskOptions) -> Selection {
        let state = RequestState(status.state)
        if state == .rejected || state == .cancelled { return .nothing("it is \(state.text)") }
        if status.dryRun { return .nothing("it is a dry run") }
        let meant = status.tasks.filter { options.matches($0, of: status.requestID) }
        guard !meant.isEmpty else {
            let known = status.tasks.map { TaskPath.of($0, in: status.requestID) }.joined(separator: ", ")
            return .nothing(known.isEmpty ? "it has no tasks" : "it has no such task; it has \(known)")
        }
        let open = meant.filter { $0.state != "succeeded" }
        return open.isEmpty ? .nothing("that task has succeeded") : .apply(tasks: open, shown: open)
    }
}
