import Contract
import Foundation
import RecordLog
import SagaKernel

/// What the committed topics say, record by record. Knows the wire, and nothing of how Habeas decides.
struct Ledger {
    struct Counts: Hashable, Sendable, Codable {
        var requests = 0
        var tasks = 0
        var acknowledgements = 0
        var statuses = 0
        var deadLetters = 0
        /// Tasks that were committed more than once; only at least once may have any.
        var repeatedTasks = 0
        /// Statuses below the one before; only at least once may have any.
        var staleStatuses = 0
        /// Ends that an owner showed and did not keep, so that its successor went on from before. Only without
        /// transactions, and never by the same owner.
        var withdrawnEnds = 0
    }

    let isExactlyOnce: Bool
    /// Requests that have not been closed, by their id.
    var open: [String: RequestFacts] = [:]
    var closed: [String: ClosedRequest] = [:]
    /// Records that must be refused, with the code.
    var expectedLetters: [RecordPlace: String] = [:]
    /// The same of earlier rounds, whose letters have come.
    var closedLetters: Set<RecordPlace> = []
    /// Dead letters by the place of what they hold.
    var letters: [RecordPlace: [String]] = [:]
    /// What the records alone show to be wrong.
    private(set) var faults: [SoakFault] = []
    private(set) var counts = Counts()

    init(isExactlyOnce: Bool) { self.isExactlyOnce = isExactlyOnce }

    mutating func take(_ record: SoakRecord) {
        switch record.topic {
        case .requests: takeRequest(record)
        case .acks: takeAcknowledgement(record)
        case .tasks: takeTask(record)
        case .status: takeStatus(record)
        case .sagas: takeSnapshot(record)
        case .deadLetters: takeDeadLetter(record)
        }
    }

    private mutating func fault(_ kind: SoakFault.Kind, _ request: String?, _ detail: String) {
        faults.append(SoakFault(kind, request, detail))
    }

    /// The driver puts what it sends under the request's id as key, so that a body that cannot be read has one too.
    private mutating func takeRequest(_ record: SoakRecord) {
        counts.requests += 1
        if let code = record.headers[SoakHeader.expect] {
            expectedLetters[record.place] = code
            // One that cannot be read has no id, and one that contradicts a running request does not touch it.
            if code != RefusalCode.malformed.rawValue, code != RefusalCode.conflictingDuplicate.rawValue {
                open[record.key, default: RequestFacts()].refusals.insert(code)
            }
            return
        }
        guard closed[record.key] == nil else { return }
        let text = String(decoding: record.value ?? [], as: UTF8.self)
        open[record.key, default: RequestFacts()].sends += 1
        guard open[record.key]?.kind == nil else { return }
        open[record.key]?.kind = text.contains("\"erasure\"") ? .erasure : .access
        open[record.key]?.home = record.partition
    }

    private mutating func takeTask(_ record: SoakRecord) {
        counts.tasks += 1
        let read = (record.value ?? []).withUnsafeBytes { bytes in
            TaskReader().read(value: bytes, headers: UnsafeBufferPointer(start: nil, count: 0))
        }
        guard case .success(let task) = read else {
            return fault(.unreadable, nil, "a task: \(record.place)")
        }
        let id = task.requestID.description
        let path = String(task.taskID.dropFirst(id.count + 1))
        guard closed[id] == nil else {
            return fault(.extraTask, id, "\(path), after the request had ended: \(record.place)")
        }
        let decided = record.headers["ce_time"].flatMap { TimeText.parse($0) }?.milliseconds ?? record.timestampMs
        open[id, default: RequestFacts()]
            .dispatches[path, default: [:]][task.epoch, default: [:]][task.attempt, default: []].append(decided)
        if let times = open[id]?.dispatches[path]?[task.epoch]?[task.attempt], times.count > 1 {
            counts.repeatedTasks += 1
            if isExactlyOnce {
                fault(.repeatedAttempt, id, "\(path), epoch \(task.epoch), attempt \(task.attempt): \(record.place)")
            }
        }
        open[id]?.partitions.formUnion([record.partition, task.replyPartition])
    }

    private mutating func takeAcknowledgement(_ record: SoakRecord) {
        counts.acknowledgements += 1
        if let code = record.headers[SoakHeader.expect] {
            expectedLetters[record.place] = code
            return
        }
        let read = (record.value ?? []).withUnsafeBytes { bytes in
            AcknowledgementReader().read(value: bytes, headers: UnsafeBufferPointer(start: nil, count: 0))
        }
        guard case .success(let answer) = read else {
            return fault(.unreadable, nil, "an acknowledgement: \(record.place)")
        }
        let acknowledgement = answer.acknowledgement
        let id = acknowledgement.requestID.description
        guard closed[id] == nil else { return }
        open[id, default: RequestFacts()].acks.append(
            RequestFacts.Ack(
                said: RequestFacts.Said(
                    path: acknowledgement.taskPath, epoch: acknowledgement.epoch, attempt: acknowledgement.attempt,
                    verdict: RequestFacts.Said.Verdict(acknowledgement.verdict)),
                atMs: record.timestampMs, partition: record.partition,
                isForwarded: record.headers["habeas.forwarded"] != nil))
    }

    private mutating func takeStatus(_ record: SoakRecord) {
        counts.statuses += 1
        guard let value = record.value else { return fault(.statusWentBack, record.key, "a tombstone, too early") }
        let document: StatusDocument
        do {
            document = try StatusDocument.decode(value)
        } catch {
            return fault(.unreadable, record.key, "a status: \(record.place)")
        }
        let status = RequestFacts.Status(document, digest: value.hashValue)
        if let end = closed[record.key] { return compare(status, with: end, record.key) }
        follow(status, record)
        open[record.key]?.partitions.formUnion([record.partition, document.homePartition])
    }

    private mutating func follow(_ status: RequestFacts.Status, _ record: SoakRecord) {
        let id = record.key
        guard let before = open[id]?.status else {
            open[id, default: RequestFacts()].firstVersion = status.version
            open[id, default: RequestFacts()].status = status
            return
        }
        if (status.term, status.version, status.digest) == (before.term, before.version, before.digest) {
            open[id]?.republished += 1
            return
        }
        guard (status.term, status.version) > (before.term, before.version) else {
            counts.staleStatuses += 1
            if isExactlyOnce {
                let ranks = "(\(status.term), \(status.version)) after (\(before.term), \(before.version))"
                fault(.statusWentBack, id, "(term, version) \(ranks): \(record.place)")
            }
            return
        }
        if before.isEnded, isExactlyOnce || status.state != before.state {
            if isExactlyOnce || status.term == before.term {
                fault(.changedAfterEnd, id, "\(status.state), version \(status.version), after \(before.state)")
            } else {
                counts.withdrawnEnds += 1
            }
        }
        if isExactlyOnce, status.version != before.version + 1 {
            fault(.statusGap, id, "version \(status.version) after \(before.version)")
        }
        open[id]?.status = status
    }

    /// A repeated request has its last status published again, in the same bytes. Without transactions a former owner's
    /// may come late, and the next owner shows the end once more, as a version of its own.
    private mutating func compare(_ status: RequestFacts.Status, with end: ClosedRequest, _ id: String) {
        if (status.term, status.version) == (end.term, end.version), status.digest == end.digest { return }
        if !isExactlyOnce {
            guard (status.term, status.version) > (end.term, end.version) else {
                counts.staleStatuses += 1
                return
            }
            if status.term > end.term, status.state == end.state { return }
        }
        fault(
            .changedAfterEnd, id,
            "\(status.state), (\(status.term), \(status.version)), after \(end.state), (\(end.term), \(end.version))")
    }

    private mutating func takeSnapshot(_ record: SoakRecord) {
        // Plans and terms are in the same topic, under keys that are no request ids.
        guard RequestID(record.key) != nil else { return }
        // One that has ended may only shrink.
        guard closed[record.key] == nil else { return }
        guard let value = record.value else {
            open[record.key, default: RequestFacts()].snapshot = .tombstone
            return
        }
        do {
            let head = try value.withUnsafeBytes { bytes in try SnapshotCodec.head(of: bytes) }
            open[record.key, default: RequestFacts()].snapshot = .head(
                term: head.term, version: head.version, isHusk: head.isHusk)
        } catch {
            fault(.unreadable, record.key, "a snapshot: \(record.place)")
        }
        open[record.key]?.partitions.insert(record.partition)
    }

    private mutating func takeDeadLetter(_ record: SoakRecord) {
        counts.deadLetters += 1
        guard let code = record.headers["habeas.error.code"], let topic = record.headers["habeas.source.topic"],
            let partition = record.headers["habeas.source.partition"].flatMap({ Int32($0) }),
            let offset = record.headers["habeas.source.offset"].flatMap({ Int64($0) })
        else { return fault(.unreadable, nil, "a dead letter that does not say where it is from: \(record.place)") }
        letters[RecordPlace(topic: topic, partition: partition, offset: offset), default: []].append(code)
    }
}

extension RequestFacts.Said.Verdict {
    init(_ verdict: Acknowledgement.Verdict) {
        switch verdict {
        case .completed(let completion): self = completion.outcome == .reappeared ? .reappeared : .completed
        case .pending(let reason, let resumeAt, _):
            self = .pending(
                resumeAtMs: resumeAt?.milliseconds, letsStageGo: reason == .retention || reason == .operationRunning)
        case .failed(_, let retryable, _): self = .failed(retryable: retryable)
        }
    }
}

extension RequestFacts.Status {
    init(_ document: StatusDocument, digest: Int) {
        self.init(
            term: document.term, version: document.version, state: document.state, reason: document.reason, tasks: [:],
            digest: digest)
        for task in document.tasks {
            tasks[String(task.taskID.dropFirst(document.requestID.count + 1))] = Task(
                state: task.state, epoch: task.epoch, attempts: task.attempts, hasError: task.error != nil)
        }
    }
}
