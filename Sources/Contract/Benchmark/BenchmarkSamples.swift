import RecordLog
import SagaKernel

/// The records of an ordinary erasure: one device, eight endpoints.
struct BenchmarkSamples {
    let now = Timestamp(milliseconds: 1_793_635_200_000)
    let key: SubjectKey
    let request: Request
    let saga: Saga
    let dispatch = Dispatch(task: 0, epoch: 1, attempt: 1, continuation: nil)
    let tasks: TaskWriter
    let events: [TimelineEvent]
    let requestBytes: [UInt8]
    let taskBytes: [UInt8]
    let task: WorkerTask
    let verdict: Acknowledgement.Verdict
    let acknowledgementBytes: [UInt8]
    let statusBytes: [UInt8]

    static let hub = "contoso.azure-devices.net"

    init() throws {
        key = try SubjectKey(bytes: [UInt8](repeating: 7, count: SubjectKey.bytesMinimum))
        var draft = RequestDraft(
            id: RequestID(high: 0xa755_1968_d5d6_44b2, low: 0x9831_815a_c901_7798), type: .erasure, submitted: now,
            identities: [
                .device(hub: Self.hub, deviceID: "thermostat-17"),
                SubjectIdentity(type: "serial_number", value: "SN-0042-77"),
            ])
        draft.requestedBy = "portal"
        draft.callbackURLs = ["https://privacy.example/opendsr/callbacks"]
        requestBytes = RequestWriter.bytes(draft)
        let reader = RequestReader(limits: RequestLimits(), subjectKey: key) { _ in true }
        let now = now
        request = try requestBytes.withUnsafeBytes { bytes in
            try reader.read(value: bytes, headers: BenchmarkSamples.noHeaders, now: now).get()
        }
        let begun = Saga.begin(request, plans: [Self.plan], homePartition: 3, now: now, rules: SagaRules())
        var saga = begun.saga
        _ = saga.seal(since: nil, term: 1, now: now)
        self.saga = saga
        tasks = TaskWriter(for: saga.id, replyTopic: "habeas.acks")
        events = begun.directives.events
        var json = JSONWriter()
        var tasks = tasks
        tasks.write(dispatch, of: saga, to: &json)
        taskBytes = json.bytes
        json.reset()
        StatusWriter.write(saga, to: &json)
        statusBytes = json.bytes
        task = try taskBytes.withUnsafeBytes { bytes in
            try TaskReader().read(value: bytes, headers: BenchmarkSamples.noHeaders).get()
        }
        var completion = Completion(outcome: .erased, recordCount: 1_412, method: "rewrite", verified: .readBack)
        completion.evidence = [
            Evidence(name: "client_request_id", value: "8c1d2f0e-0b5e-4a57-9d0c-2f6b8f1d7a11"),
            Evidence(name: "operation_id", value: "purge-970318e7"),
        ]
        verdict = .completed(completion)
        acknowledgementBytes = AcknowledgementWriter.bytes(
            task: task, verdict: verdict, worker: "blob-storage-0", time: now)
    }

    static var noHeaders: UnsafeBufferPointer<HeaderView> { UnsafeBufferPointer(start: nil, count: 0) }

    private static var plan: HubPlan {
        let endpoints = (1...8).map { number in
            var endpoint = Endpoint(
                id: "telemetry-archive-\(number)", kind: "storage_container", connector: "blob-storage",
                resourceID: "/subscriptions/0000/resourceGroups/iot/providers/Microsoft.Storage/storageAccounts/a",
                stage: number < 3 ? .source : .sinks)
            endpoint.settingsJSON = #"{"account":"archive","container":"telemetry"}"#
            return endpoint
        }
        return HubPlan(host: hub, fingerprint: Fingerprint(high: 1, low: 2), endpoints: endpoints)
    }
}
