import TestSeed
import Testing

@testable import Worker

@Suite struct OffsetLedgerTests {
    @Test func `what can be committed is never beyond a record that is not done`() throws {
        for seed in UInt64(1)...200 {
            var random = SeededRandom(seed: seed)
            var ledger = OffsetLedger()
            ledger.assigned([0, 1])
            var open: [OffsetLedger.Ticket] = []
            var next: [Int32: Int64] = [0: 0, 1: 0]
            for _ in 0..<200 {
                let partition = Int32.random(in: 0...1, using: &random)
                if Bool.random(using: &random) || open.isEmpty {
                    // Offsets have gaps: control records and compaction.
                    let offset = (next[partition] ?? 0) + Int64.random(in: 0...2, using: &random)
                    next[partition] = offset + 1
                    let ticket = ledger.took(partition: partition, offset: offset)
                    open.append(try #require(ticket))
                } else {
                    ledger.finished(open.remove(at: Int.random(in: open.indices, using: &random)))
                }
                for position in ledger.committable() {
                    let lowest = open.filter { $0.partition == position.partition }.map(\.offset).min()
                    #expect(position.offset <= lowest ?? .max, "seed \(seed)")
                    #expect(position.offset <= next[position.partition] ?? 0)
                }
            }
            for ticket in open { ledger.finished(ticket) }
            let expected = next.filter { $0.value > 0 }.map { TaskPosition(partition: $0.key, offset: $0.value) }
            #expect(Set(ledger.committable()) == Set(expected))
            ledger.committed(ledger.committable())
            #expect(ledger.committable() == [])
        }
    }

    private func take(_ offset: Int64, _ ledger: inout OffsetLedger) throws -> OffsetLedger.Ticket {
        let ticket = ledger.took(partition: 0, offset: offset)
        return try #require(ticket)
    }

    @Test func `tickets of an earlier assignment are worthless`() throws {
        var ledger = OffsetLedger()
        ledger.assigned([0])
        let old = try take(0, &ledger)
        ledger.revoked()
        ledger.finished(old)
        #expect(ledger.committable() == [])
        ledger.assigned([0])
        let new = try take(0, &ledger)
        ledger.finished(old)
        #expect(ledger.committable() == [])
        ledger.finished(new)
        #expect(ledger.committable() == [TaskPosition(partition: 0, offset: 1)])
    }

    @Test func `records of foreign partitions and records seen before are not taken`() throws {
        var ledger = OffsetLedger()
        ledger.assigned([0])
        let foreign = ledger.took(partition: 1, offset: 0)
        #expect(foreign == nil)
        let ticket = try take(5, &ledger)
        let again = ledger.took(partition: 0, offset: 5)
        #expect(again == nil)
        ledger.finished(ticket)
        let earlier = ledger.took(partition: 0, offset: 4)
        #expect(earlier == nil)
        let next = ledger.took(partition: 0, offset: 6)
        #expect(next != nil)
    }
}
