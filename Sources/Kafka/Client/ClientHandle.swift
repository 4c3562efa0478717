internal import CRdKafka
internal import Dispatch
internal import Foundation
internal import RecordLog
internal import Synchronization

/// Owns one librdkafka client and what its callbacks need.
///
/// Unchecked: librdkafka's clients may be used from any thread; `live` guards that one is destroyed only once.
final class ClientHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    let context: ClientContext
    private let retained: Unmanaged<ClientContext>
    private let live = Mutex(true)

    /// - Parameters:
    ///   - own: properties that nobody else may set.
    ///   - reports: of a producer, who takes its delivery reports and errors.
    init(
        _ role: ClientRole, _ settings: KafkaSettings, own: [String: String] = [:],
        reports: ReportTaker = .drain, log: @escaping KafkaLog
    ) throws(LogFailure) {
        context = ClientContext(log: log)
        retained = Unmanaged.passRetained(context)
        let conf: OpaquePointer
        do throws(KafkaFault) {
            conf = try settings.configuration(role, own: own)
        } catch {
            retained.release()
            throw .fatal(reason: error.description)
        }
        rd_kafka_conf_set_opaque(conf, retained.toOpaque())
        rd_kafka_conf_set_log_cb(conf, logCallback)
        switch (role, reports) {
        case (.transactionalProducer, .drain), (.plainProducer, .drain):
            rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR)
        case (.transactionalProducer, .caller), (.plainProducer, .caller):
            rd_kafka_conf_set_dr_msg_cb(conf, deliveryCallback)
            rd_kafka_conf_set_error_cb(conf, errorCallback)
        case (.groupConsumer, _):
            rd_kafka_conf_set_error_cb(conf, errorCallback)
            rd_kafka_conf_set_rebalance_cb(conf, rebalanceCallback)
        case (.reader, _), (.restorer, _), (.admin, _):
            rd_kafka_conf_set_error_cb(conf, errorCallback)
        }
        let made = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
            let client = rd_kafka_new(role.type, conf, text.baseAddress, text.count)
            return (client, client == nil ? String(cString: text.baseAddress!) : "")
        }
        guard let client = made.0 else {
            rd_kafka_conf_destroy(conf)
            retained.release()
            throw .fatal(reason: "Kafka client: \(made.1)")
        }
        pointer = client
    }

    deinit {
        destroy(withinMs: 0)
    }

    /// Destroys the client. Where that takes longer than allowed it goes on in the background: librdkafka waits for
    /// its own threads, and a thread may wait for a broker that does not answer.
    func destroy(withinMs: Int) {
        let mine = live.withLock { live in
            defer { live = false }
            return live
        }
        guard mine else { return }
        let done = DispatchSemaphore(value: 0)
        nonisolated(unsafe) let client = pointer
        let retained = retained
        Thread.detachNewThread {
            rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
            retained.release()
            done.signal()
        }
        if withinMs > 0 { _ = done.wait(timeout: .now() + .milliseconds(withinMs)) }
    }

    var name: String { String(cString: rd_kafka_name(pointer)) }
}

/// What callbacks of one client write to.
final class ClientContext: Sendable {
    let log: KafkaLog
    let membership = MembershipMailbox()
    let undelivered = DeliveryFailures()
    /// The first error that neither waiting nor a new client would cure.
    private let hopeless = Mutex<ClientError?>(nil)

    init(log: @escaping KafkaLog) {
        self.log = log
    }

    func record(_ error: ClientError) {
        switch error.meaning {
        case .hopeless: hopeless.withLock { $0 = $0 ?? error }
        case .fenced, .partitionsLost, .passing: break
        }
    }

    var hopelessError: ClientError? { hopeless.withLock { $0 } }
}

/// Kinds of clients; each has its own defaults, and properties that it alone needs.
enum ClientRole: CaseIterable {
    case groupConsumer, reader
    /// A reader whose records are taken in as fast as they come, millions of them, while somebody waits: up to
    /// 256 MiB ahead.
    case restorer
    case transactionalProducer, plainProducer, admin

    var type: rd_kafka_type_t {
        switch self {
        case .groupConsumer, .reader, .restorer: RD_KAFKA_CONSUMER
        case .transactionalProducer, .plainProducer, .admin: RD_KAFKA_PRODUCER
        }
    }
}

/// Who takes what a producer reports. Somebody must: otherwise each flush waits in slices of 10 ms, and what is
/// reported stays in memory.
enum ReportTaker {
    /// A thread of its own, as events.
    case drain
    /// Whoever polls or flushes the client, in callbacks. Reports of success are among them: they wake a flush.
    case caller
}

private func context(_ opaque: UnsafeMutableRawPointer?) -> ClientContext? {
    opaque.map { Unmanaged<ClientContext>.fromOpaque($0).takeUnretainedValue() }
}

private let logCallback: @convention(c) (OpaquePointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> Void =
    {
        client, level, facility, message in
        guard let client, let context = context(rd_kafka_opaque(client)) else { return }
        context.log(
            KafkaLogLine(
                level: KafkaLogLine.Level(rawValue: Int(level)) ?? .debug,
                client: rd_kafka_name(client).map { String(cString: $0) } ?? "",
                facility: facility.map { String(cString: $0) } ?? "",
                message: message.map { String(cString: $0) } ?? ""))
    }

private let errorCallback:
    @convention(c) (OpaquePointer?, Int32, UnsafePointer<CChar>?, UnsafeMutableRawPointer?) -> Void = {
        _, code, text, opaque in
        let error = ClientError(code: rd_kafka_resp_err_t(code), text: text.map { String(cString: $0) })
        context(opaque)?.record(error)
    }

private let deliveryCallback:
    @convention(c) (OpaquePointer?, UnsafePointer<rd_kafka_message_t>?, UnsafeMutableRawPointer?) -> Void = {
        _, message, opaque in
        guard let code = message?.pointee.err, code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        context(opaque)?.undelivered.record(ClientError(code: code))
    }

private let rebalanceCallback:
    @convention(c) (
        OpaquePointer?, rd_kafka_resp_err_t, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?,
        UnsafeMutableRawPointer?
    ) -> Void = { client, code, list, opaque in
        guard let client, let context = context(opaque) else { return }
        context.membership.rebalanced(client: client, code: code, partitions: PartitionList.read(list))
    }
