import Contract
import Crypto
import SagaKernel

/// The last part of a callback's address: which task it answers, under our own key.
///
/// It holds all that an acknowledgement needs, so that any worker can take a late answer and none has to remember what
/// it sent. It names the request and the endpoint, not the subject.
struct CallbackToken: Hashable, Sendable {
    var taskID: String
    var requestID: RequestID
    var epoch: Int
    var attempt: Int
    var action: TaskAction
    var replyTopic: String
    var replyPartition: Int32
    var secretName: String
    var expires: Timestamp

    enum Refusal: Error, Hashable {
        /// Not one of ours, or changed on the way.
        case unknown
        case expired
    }

    init(task: WorkerTask, secretName: String, expires: Timestamp) {
        taskID = task.taskID
        requestID = task.requestID
        epoch = task.epoch
        attempt = task.attempt
        action = task.action
        replyTopic = task.replyTopic
        replyPartition = task.replyPartition
        self.secretName = secretName
        self.expires = expires
    }

    /// The task as far as an acknowledgement of it needs one. Its subjects are not known here.
    var task: WorkerTask {
        WorkerTask(
            taskID: taskID, requestID: requestID, epoch: epoch, attempt: attempt, action: action,
            endpoint: .init(id: "", kind: "", hub: "", resourceID: nil, settingsJSON: "{}"), subjects: [],
            subjectRef: "", continuation: nil, due: expires, replyTopic: replyTopic, replyPartition: replyPartition,
            traceparent: nil)
    }

    func text(key: [UInt8]) -> String {
        let content = content
        return "\(LooseBase64.urlText(content)).\(LooseBase64.urlText(Self.code(content, key: key)))"
    }

    static func read(_ text: String, key: [UInt8], now: Timestamp) throws(Refusal) -> CallbackToken {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        // The code is checked before anything of the content is looked at.
        guard text.utf8.count <= 4_096, parts.count == 2, let content = LooseBase64.decoded(parts[0]),
            let code = LooseBase64.decoded(parts[1]),
            HMAC<SHA256>.isValidAuthenticationCode(
                code, authenticating: signed(content), using: SymmetricKey(data: key)),
            let token = CallbackToken(content: content)
        else { throw .unknown }
        guard now < token.expires else { throw .expired }
        return token
    }

    private static func code(_ content: [UInt8], key: [UInt8]) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: signed(content), using: SymmetricKey(data: key))
    }

    /// Tells this use of the key apart from any other.
    private static func signed(_ content: [UInt8]) -> [UInt8] { Array("habeas-callback-v1\u{0}".utf8) + content }

    private var content: [UInt8] {
        var json = JSONWriter(capacity: 256)
        json.beginObject()
        json.name("task_id")
        json.string(taskID)
        json.name("request_id")
        json.id(requestID)
        json.name("epoch")
        json.integer(epoch)
        json.name("attempt")
        json.integer(attempt)
        json.name("action")
        json.string(action.rawValue)
        json.name("topic")
        json.string(replyTopic)
        json.name("partition")
        json.integer(Int64(replyPartition))
        json.name("secret")
        json.string(secretName)
        json.name("expires_ms")
        json.integer(expires.milliseconds)
        json.endObject()
        return json.bytes
    }

    private init?(content: [UInt8]) {
        guard let json = JSONReader.read(content), let taskID = json.members("task_id").first?.text,
            let requestID = json.members("request_id").first?.text.flatMap({ RequestID($0) }),
            let epoch = json.members("epoch").first?.integer.flatMap(Int.init(exactly:)),
            let attempt = json.members("attempt").first?.integer.flatMap(Int.init(exactly:)),
            let action = json.members("action").first?.text.flatMap(TaskAction.init(rawValue:)),
            let topic = json.members("topic").first?.text,
            let partition = json.members("partition").first?.integer.flatMap(Int32.init(exactly:)),
            let secret = json.members("secret").first?.text, let expires = json.members("expires_ms").first?.integer
        else { return nil }
        self.taskID = taskID
        self.requestID = requestID
        self.epoch = epoch
        self.attempt = attempt
        self.action = action
        replyTopic = topic
        replyPartition = partition
        secretName = secret
        self.expires = Timestamp(milliseconds: expires)
    }
}
