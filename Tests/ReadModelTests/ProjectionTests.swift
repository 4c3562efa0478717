import Contract
import Foundation
import SagaKernel
import TestSeed
import Testing

@testable import ReadModel

@Suite struct ProjectionTests {
    let model: ReadModel
    var log = Log()

    init() throws { model = try memoryModel() }

    @Test mutating func `the highest version stands, whatever comes later`() async throws {
        var sample = Sample(1)
        for (version, state) in [(1, "in_progress"), (3, "failed"), (2, "on_hold"), (3, "cancelled")] {
            sample.version = version
            sample.state = state
            try model.apply([log.status(sample)])
        }
        let answer = try #require(try await model.status(id: sample.id.description))
        #expect(String(decoding: answer.json, as: UTF8.self).contains(#""version":3"#))
        #expect(String(decoding: answer.json, as: UTF8.self).contains(#""state":"failed""#))
        #expect(try await model.summary().byState["failed"] == 1)
        #expect(try await model.summary().total == 1)
    }

    @Test(arguments: [true, false])
    mutating func `a higher term beats a higher version`(inOneBatch: Bool) async throws {
        var owner = Sample(1)
        owner.term = 2
        owner.version = 4
        var zombie = Sample(1)
        zombie.version = 9
        let records = [log.status(owner), log.status(zombie)]
        if inOneBatch { try model.apply(records) } else { for record in records { try model.apply([record]) } }
        #expect(try model.locate(owner.id)?.term == 2)
        #expect(try model.locate(owner.id)?.version == 4)
    }

    @Test mutating func `bytes are given back unchanged`() async throws {
        let text =
            " { \"version\" : 1, \"term\":1,\"state\":\"failed\", \"new_field\": [1.0, {\"x\": \"\\u00e9\"}],"
            + "\"request_id\":\"A7551968-d5d6-44b2-9831-815ac9017798\" } "
        try model.apply([log.raw(text, key: "a7551968-d5d6-44b2-9831-815ac9017798")])
        let answer = try await model.status(id: "A7551968-D5D6-44B2-9831-815AC9017798")
        #expect(answer?.json == Array(text.utf8))
    }

    @Test(arguments: [true, false])
    mutating func `a tombstone leaves nothing behind`(inOneBatch: Bool) async throws {
        var sample = Sample(1)
        sample.tasks = [("registry", "failed"), ("archive", "waiting")]
        sample.refs = [Sample.ref(1), Sample.ref(2)]
        try model.applyTimeline([log.timeline(sample.id, ["received"])])
        log.next = 0
        let records = [log.status(sample), log.tombstone(sample.id)]
        if inOneBatch { try model.apply(records) } else { for record in records { try model.apply([record]) } }
        #expect(try await model.status(id: sample.id.description) == nil)
        #expect(try model.locate(sample.id) == nil)
        #expect(try await model.timeline(id: sample.id.description, limit: 10).isEmpty)
        #expect(try await model.listedIDs().isEmpty)
        #expect(try await model.listedIDs { $0.endpoint = "archive" }.isEmpty)
        #expect(try await model.listedIDs { $0.subjectRef = "hmac-sha256:\(Sample.ref(2))" }.isEmpty)
        #expect(try await model.summary().total == 0)
        #expect(model.shared.now.tally == Tally())
        #expect(try model.rowCounts().values.allSatisfy { $0 == 0 })
    }

    @Test(arguments: [true, false])
    mutating func `after a tombstone an older version begins anew`(inOneBatch: Bool) async throws {
        var sample = Sample(1)
        sample.version = 5
        var again = Sample(1)
        again.version = 1
        again.tasks = [("registry", "blocked")]
        let records = [log.status(sample), log.tombstone(sample.id), log.status(again)]
        if inOneBatch { try model.apply(records) } else { for record in records { try model.apply([record]) } }
        #expect(try model.locate(sample.id)?.version == 1)
        #expect(try await model.listedIDs { $0.endpoint = "registry" } == [1])
        #expect(try await model.summary().total == 1)
    }

    @Test mutating func `a tombstone of an unknown request is nothing`() async throws {
        try model.apply([log.tombstone(Sample.id(1))])
        #expect(try await model.summary().total == 0)
    }

    @Test mutating func `what cannot be read is counted and does not stop the rest`() async throws {
        let id = Sample.id(3)
        let bad = [
            "", "{", "[]", "null", "not json", "\u{FEFF}{}",
            #"{"term":1,"version":1,"state":"failed"}"#,
            #"{"request_id":"x","term":1,"version":1,"state":"failed"}"#,
            #"{"request_id":"\#(id)","version":1,"state":"failed"}"#,
            #"{"request_id":"\#(id)","term":1,"state":"failed"}"#,
            #"{"request_id":"\#(id)","term":1,"version":1}"#,
            #"{"request_id":"\#(id)","term":1,"version":1,"state":"dancing"}"#,
            #"{"request_id":"\#(id)","term":"1","version":1,"state":"failed"}"#,
            #"{"request_id":"\#(id)","term":1,"version":1,"state":"failed"} {}"#,
            #"{"request_id":"\#(id)","term":1,"version":1,"state":"failed","sla":{"due_time":"tomorrow"}}"#,
            #"{"request_id":"\#(id)","term":1,"version":1,"state":"failed","tasks":[{"state":"failed"}]}"#,
            #"{"request_id":"\#(id)","term":1,"version":1,"state":"failed","tasks":[{"endpoint_id":"a"}]}"#,
        ]
        var records = bad.map { log.raw($0) }
        records.append(log.raw(String(decoding: Sample(4).json, as: UTF8.self), key: Sample.id(5).description))
        records.append(log.raw("", key: "not an id"))
        records[records.count - 1].value = nil
        records.insert(log.status(Sample(1)), at: 0)
        records.append(log.status(Sample(2)))
        try model.apply(
            records.enumerated().map { index, record in
                var record = record
                record.offset = Int64(index)
                return record
            })
        #expect(try await model.listedIDs() == [1, 2])
        #expect(model.shared.now.recordsUnreadable[.status] == bad.count + 2)
        #expect(model.positions(of: .status) == [0: Int64(records.count)])
    }

    @Test mutating func `nulls and missing fields are the same`() async throws {
        let id = Sample.id(1)
        try model.apply([
            log.raw(
                #"{"request_id":"\#(id)","term":1,"version":1,"state":"rejected","sla":null,"tasks":null}"#
            )
        ])
        #expect(try await model.listedIDs() == [1])
        #expect(try model.locate(id)?.state == "rejected")
    }

    @Test mutating func `without a home partition the request is at home where its status lies`() throws {
        log.partition = 7
        try model.apply([log.raw(#"{"request_id":"\#(Sample.id(1))","term":1,"version":1,"state":"failed"}"#)])
        #expect(try model.locate(Sample.id(1))?.homePartition == 7)
        var elsewhere = Sample(2)
        elsewhere.homePartition = 3
        try model.apply([log.status(elsewhere)])
        #expect(try model.locate(elsewhere.id)?.homePartition == 3)
    }

    @Test mutating func `records in front of the position change nothing`() async throws {
        let first = log.status(Sample(1))
        let tombstone = log.tombstone(Sample.id(1))
        var again = Sample(1)
        again.version = 2
        try model.apply([first, tombstone, log.status(again)])
        try model.apply([tombstone, first])
        #expect(try model.locate(Sample.id(1))?.version == 2)
        #expect(model.shared.now.recordsTaken[.status] == 3)
    }

    @Test mutating func `an answer is as old as the newest record that was seen`() async throws {
        #expect(try await model.summary().asOf == "1970-01-01T00:00:00Z")
        log.timestampMs = 1_790_000_000_000
        let late = log.status(Sample(1))
        log.timestampMs = 1_780_000_000_000
        try model.apply([late, log.status(Sample(2))])
        #expect(try await model.summary().asOf == "2026-09-21T14:13:20Z")
        #expect(try await model.status(id: Sample.id(2).description)?.asOf == "2026-09-21T14:13:20Z")
        #expect(try await model.list(StatusQuery()).asOf == "2026-09-21T14:13:20Z")
    }

    @Test func `no bytes at all can stop the scan`() {
        var generator = SeededRandom(seed: 42)
        var sample = Sample(1)
        sample.tasks = [("registry", "failed"), ("arch\"ive", "waiting")]
        sample.refs = [Sample.ref(1)]
        let json = sample.json
        var readable = 0
        for _ in 0..<20_000 {
            var bytes = json
            for _ in 0...generator.next() % 4 where !bytes.isEmpty {
                let index = Int(generator.next() % UInt64(bytes.count))
                switch generator.next() % 4 {
                case 0: bytes[index] = UInt8(truncatingIfNeeded: generator.next())
                case 1: bytes.remove(at: index)
                case 2: bytes.insert(bytes[Int(generator.next() % UInt64(bytes.count))], at: index)
                default: bytes.removeLast(bytes.count - index)
                }
            }
            var fold = BatchFold()
            fold.add(LogRecord(partition: 0, offset: 0, timestampMs: 0, key: [], value: bytes))
            #expect(fold.changes.count + fold.unreadable.count == 1)
            readable += fold.changes.count
        }
        #expect(readable > 0 && readable < 20_000)
    }
}
