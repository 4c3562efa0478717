public import SagaKernel

/// A task as a worker reads it from its connector's topic (contract §3).
public struct WorkerTask: Hashable, Sendable {
    /// The endpoint as the task describes it.
    public struct EndpointFacts: Hashable, Sendable {
        public var id: String
        public var kind: String
        public var hub: String
        public var resourceID: String?
        /// The JSON object of the catalogue's `settings`, unread.
        public var settingsJSON: String

        public init(id: String, kind: String, hub: String, resourceID: String?, settingsJSON: String) {
            self.id = id
            self.kind = kind
            self.hub = hub
            self.resourceID = resourceID
            self.settingsJSON = settingsJSON
        }
    }

    /// Opaque: `<request id>/<path>`, stable over attempts.
    public var taskID: String
    public var requestID: RequestID
    public var epoch: Int
    public var attempt: Int
    public var action: TaskAction
    public var endpoint: EndpointFacts
    public var subjects: [Subject]
    /// `hmac-sha256:…`: the only name of the subject that may appear in logs and file names.
    public var subjectRef: String
    /// What the worker said when it last answered `pending`.
    public var continuation: String?
    public var due: Timestamp
    public var replyTopic: String
    public var replyPartition: Int32
    public var traceparent: String?

    public init(
        taskID: String, requestID: RequestID, epoch: Int, attempt: Int, action: TaskAction, endpoint: EndpointFacts,
        subjects: [Subject], subjectRef: String, continuation: String?, due: Timestamp, replyTopic: String,
        replyPartition: Int32, traceparent: String?
    ) {
        self.taskID = taskID
        self.requestID = requestID
        self.epoch = epoch
        self.attempt = attempt
        self.action = action
        self.endpoint = endpoint
        self.subjects = subjects
        self.subjectRef = subjectRef
        self.continuation = continuation
        self.due = due
        self.replyTopic = replyTopic
        self.replyPartition = replyPartition
        self.traceparent = traceparent
    }
}

/// Code that can do the tasks of one kind of endpoint.
public protocol Connector: Sendable {
    /// The name under which the catalogue and the task topics know it.
    var name: String { get }

    /// Does one task, or as much of it as can be done now, and says how far it came.
    ///
    /// Called again with the same task (a redelivery), it does the work again harmlessly or sees that it is done. It
    /// never throws: what goes wrong is a `failed` verdict with a code. It returns early when its task is cancelled.
    func perform(_ task: WorkerTask) async -> Acknowledgement.Verdict
}
