import Contract
import Foundation
import SagaKernel
import Testing

@testable import ReadModel

@Suite struct PagingTests {
    let model: ReadModel
    var log = Log()

    init() throws {
        model = try memoryModel()
        for number in 1...25 {
            var sample = Sample(number)
            sample.dueMs = 1_800_000_000_000 - Int64(number % 5) * 1_000
            sample.state = number % 2 == 0 ? "in_progress" : "failed"
            try model.apply([log.status(sample)])
        }
    }

    @Test func `pages follow each other without a gap or a repetition`() async throws {
        var query = StatusQuery(limit: 4)
        var sizes: [Int] = []
        repeat {
            let page = try await model.list(query)
            sizes.append(page.requests.count)
            query.cursor = page.nextCursor
        } while query.cursor != nil
        #expect(sizes == [4, 4, 4, 4, 4, 4, 1])
        let ids = try await model.listedIDs { $0.limit = 4 }
        #expect(ids.count == 25 && Set(ids).count == 25)
        #expect(ids == ids.sorted { ($0 % 5, -$0) > ($1 % 5, -$1) })
    }

    @Test func `a last page that is full is the last`() async throws {
        var query = StatusQuery(limit: 25)
        #expect(try await model.list(query).nextCursor == nil)
        query.limit = 24
        #expect(try await model.list(query).nextCursor != nil)
    }

    @Test mutating func `what comes in front of a cursor does not disturb the pages behind it`() async throws {
        var query = StatusQuery(limit: 10)
        let first = try await model.list(query)
        var early = Sample(99)
        early.dueMs = 0
        try model.apply([log.status(early), log.tombstone(Sample.id(4))])
        query.cursor = first.nextCursor
        #expect(try await model.list(query).requests.count == 10)
    }

    @Test func `a cursor of another question is refused`() async throws {
        var query = StatusQuery(limit: 4)
        query.state = "failed"
        let cursor = try #require(try await model.list(query).nextCursor)
        for change in [
            { $0.state = "in_progress" }, { $0.state = nil }, { $0.endpoint = "registry" },
            { $0.dueBeforeMs = 5 }, { $0.subjectRef = "hmac-sha256:\(Sample.ref(1))" },
        ] as [(inout StatusQuery) -> Void] {
            var other = query
            other.cursor = cursor
            change(&other)
            await #expect(throws: ReadModelError.invalidCursor) { try await model.list(other) }
        }
        query.cursor = cursor
        query.limit = 7
        #expect(try await model.list(query).requests.count == 7)
    }

    @Test func `a bound that moves with the clock goes on from the same cursor`() async throws {
        var query = StatusQuery(limit: 4)
        query.dueBeforeMs = 1_800_000_000_001
        var sizes: [Int] = []
        repeat {
            let page = try await model.list(query)
            sizes.append(page.requests.count)
            query.cursor = page.nextCursor
            query.dueBeforeMs = query.dueBeforeMs.map { $0 + 1_000 }
        } while query.cursor != nil
        #expect(sizes == [4, 4, 4, 4, 4, 4, 1])
    }

    @Test func `a forged cursor is refused`() async throws {
        var query = StatusQuery(limit: 4)
        let cursor = try #require(try await model.list(query).nextCursor)
        var forged = ["", "x", "=", "AAAA", cursor + "A", String(cursor.dropLast()), cursor.uppercased(), cursor + "="]
        forged.append(String(repeating: "A", count: 10_000))
        for index in cursor.indices {
            let letter: Character = cursor[index] == "A" ? "B" : "A"
            forged.append(cursor.replacingCharacters(in: index...index, with: String(letter)))
        }
        for text in forged where text != cursor {
            query.cursor = text
            await #expect(throws: ReadModelError.invalidCursor, "\(text)") { try await model.list(query) }
        }
    }

    @Test(arguments: [0, -1, 1_001, .max, .min])
    func `a limit outside the bounds is refused`(limit: Int) async throws {
        await #expect(throws: ReadModelError.limitOutOfRange(maximum: 1_000)) {
            try await model.list(StatusQuery(limit: limit))
        }
    }

    @Test func `an unknown state is refused`() async throws {
        var query = StatusQuery()
        query.state = "Failed"
        await #expect(throws: ReadModelError.self) { try await model.list(query) }
    }

    @Test func `a page ends early rather than grow too large`() async throws {
        var settings = ReadModelSettings()
        settings.pageBytesMax = 65_536
        let model = try memoryModel(settings)
        var log = Log()
        for number in 1...10 {
            var sample = Sample(number)
            sample.tasks = (0..<600).map { ("endpoint-\($0)", "waiting") }
            try model.apply([log.status(sample)])
        }
        let page = try await model.list(StatusQuery(limit: 10))
        #expect(page.requests.count < 10 && page.nextCursor != nil)
        #expect(try await model.listedIDs { $0.limit = 10 } == Array(1...10))
    }

    @Test func `a busy endpoint is answered by walking the requests`() throws {
        var tally = Tally()
        tally.tasks[1] = [30_000, 0, 0, 0, 0, 0, 0]
        tally.requests[StatusState.inProgress.rawValue] = 40_000
        var query = StatusQuery()
        query.endpoint = "registry"
        let settings = ReadModelSettings()
        let busy = try PagePlan(query, settings: settings, tally: tally, endpoints: ["registry": 1])
        #expect(busy.driver == .states)
        tally.tasks[1] = [100, 0, 0, 0, 0, 0, 0]
        let calm = try PagePlan(query, settings: settings, tally: tally, endpoints: ["registry": 1])
        #expect(calm.driver == .endpoint)
        #expect(try PagePlan(query, settings: settings, tally: tally, endpoints: [:]).isEmpty)
    }

    @Test(arguments: [PagePlan.Driver.states, .endpoint])
    func `either way gives the same answer`(driver: PagePlan.Driver) async throws {
        let model = try memoryModel()
        var log = Log()
        for number in 1...40 {
            var sample = Sample(number)
            sample.dueMs = Int64(number * 37 % 11)
            sample.state = number % 3 == 0 ? "on_hold" : "in_progress"
            sample.tasks = [("registry", number % 4 == 0 ? "succeeded" : "waiting"), ("registry", "failed")]
            try model.apply([log.status(sample)])
        }
        var query = StatusQuery(limit: 15)
        query.endpoint = "registry"
        let now = model.shared.now
        var plan = try PagePlan(query, settings: model.settings, tally: now.tally, endpoints: now.endpoints)
        plan.driver = driver
        let ids = try await model.places(plan).map { Int($0.id.low) }
        let expected = (1...40).filter { $0 % 4 != 0 }.sorted { ($0 * 37 % 11, $0) < ($1 * 37 % 11, $1) }
        #expect(ids == Array(expected.prefix(16)))
    }
}
