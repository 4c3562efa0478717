/// What happenings lead to: what the shell has to do for a saga.
///
/// Handed along and added to, so that all that a request hears of in a turn comes together in one place. One list for
/// each kind, since the shell does one kind after the other.
public struct Directives: Hashable, Sendable {
    /// Publish these tasks to their connectors' topics.
    public private(set) var dispatches: [Dispatch] = []
    /// Write these into the request's timeline.
    public var events: [TimelineEvent] = []
    /// Whether one of the events came with words of others. Most have none, and there are many: kept as they come, so
    /// that nobody has to look through them for it.
    public private(set) var repeatsWords = false
    /// Publish the last status again, although nothing changed.
    public var republishes = false

    public init() {}

    public var isEmpty: Bool { dispatches.isEmpty && events.isEmpty && !republishes }

    /// Makes room at once for what is to come: to grow into it would move everything several times.
    public mutating func reserve(dispatches: Int, events: Int) {
        self.dispatches.reserveCapacity(dispatches)
        self.events.reserveCapacity(events)
    }

    public mutating func dispatch(_ dispatch: consuming Dispatch) { dispatches.append(dispatch) }

    public mutating func record(_ event: consuming TimelineEvent) {
        repeatsWords = repeatsWords || event.words != nil
        events.append(event)
    }

    /// Adds what came of a later happening.
    public mutating func append(_ other: Directives) {
        guard !isEmpty else {
            self = other
            return
        }
        dispatches += other.dispatches
        events += other.events
        repeatsWords = repeatsWords || other.repeatsWords
        republishes = republishes || other.republishes
    }
}

extension Directives {
    /// Adds a timeline entry about a task.
    ///
    /// - Parameters:
    ///   - epoch: nil: the task's.
    ///   - attempt: nil: the task's newest.
    mutating func tell(
        _ kind: TimelineEvent.Kind, _ saga: Saga, task index: Int, at now: Timestamp, code: String? = nil,
        epoch: Int? = nil, attempt: Int? = nil
    ) {
        record(
            TimelineEvent(
                kind, at: now, code: code, taskPath: saga.path(at: index), epoch: epoch ?? saga.tasks[index].epoch,
                attempt: attempt ?? saga.tasks[index].attempts))
    }
}

/// One dispatch of a task. It carries what may differ from dispatch to dispatch, since one turn can hold several.
public struct Dispatch: Hashable, Sendable {
    /// Index into the saga's tasks.
    public var task: Int
    public var epoch: Int
    public var attempt: Int
    public var continuation: String?

    public init(task: Int, epoch: Int, attempt: Int, continuation: String?) {
        self.task = task
        self.epoch = epoch
        self.attempt = attempt
        self.continuation = continuation
    }
}
