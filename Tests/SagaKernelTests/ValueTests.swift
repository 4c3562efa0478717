import Foundation
import SagaKernel
import TestSeed
import Testing

@Suite struct CalendarTests {
    private let calendar: Calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: 0) ?? .gmt
        return calendar
    }()

    /// Days from 1600 to 2400, which a proleptic and a mixed Gregorian calendar agree on.
    private func days(_ count: Int) -> [Int] {
        var generator = SeededRandom(seed: 20_261_102)
        return (0..<count).map { _ in Int.random(in: -135_000...157_000, using: &generator) }
    }

    @Test func `a day and its date convert into each other as Foundation's calendar says`() {
        for day in days(3_000) {
            let date = CalendarDate(daysSinceEpoch: day)
            let parts = calendar.dateComponents(
                [.year, .month, .day], from: Date(timeIntervalSince1970: Double(day) * 86_400))
            #expect([date.year, date.month, date.day] == [parts.year, parts.month, parts.day], "day \(day)")
            #expect(date.daysSinceEpoch == day)
        }
    }

    @Test func `consecutive days have consecutive dates over four centuries`() {
        var before = CalendarDate(daysSinceEpoch: -141_000)
        for day in -140_999...6_000 {
            let date = CalendarDate(daysSinceEpoch: day)
            if date.day == 1 {
                let last = CalendarDate.daysInMonth(year: before.year, month: before.month)
                guard before.day == last, date.month == before.month % 12 + 1 else {
                    Issue.record("\(before) is followed by \(date)")
                    return
                }
            } else if date.day != before.day + 1 || date.month != before.month || date.year != before.year {
                Issue.record("\(before) is followed by \(date)")
                return
            }
            before = date
        }
    }

    @Test func `months are added as Foundation's calendar adds them`() {
        var generator = SeededRandom(seed: 31)
        for day in days(2_000) {
            let months = Int.random(in: -30...30, using: &generator)
            let start = Timestamp(
                milliseconds: Int64(day) * Milliseconds.day + Int64.random(in: 0..<86_400_000, using: &generator))
            let date = Date(timeIntervalSince1970: Double(start.milliseconds) / 1_000)
            let expected = calendar.date(byAdding: .month, value: months, to: date)?.timeIntervalSince1970
            let actual = start.adding(months: months)
            #expect(expected.map { Int64(($0 * 1_000).rounded()) } == actual.milliseconds, "\(start) + \(months)")
        }
    }

    @Test func `months at the ends of time saturate instead of trapping`() {
        let ends = [Int64.min, .min + 1, .min + Milliseconds.day, .max - Milliseconds.day, .max - 1, .max]
        for milliseconds in ends {
            let start = Timestamp(milliseconds: milliseconds)
            #expect(start.adding(months: 2) >= start)
            #expect(start.adding(months: -2) <= start)
        }
        #expect(Timestamp(milliseconds: .max).adding(months: 1) == Timestamp(milliseconds: .max))
        #expect(Timestamp(milliseconds: .min).adding(months: -1) == Timestamp(milliseconds: .min))
    }

    @Test(arguments: [(2000, 29), (2023, 28), (2024, 29), (2028, 29), (2100, 28), (2400, 29)])
    func `February is long in leap years`(_ year: Int, _ length: Int) {
        #expect(CalendarDate.daysInMonth(year: year, month: 2) == length)
    }
}

@Suite struct TimestampTests {
    @Test func `adding and subtracting saturate instead of trapping`() {
        let last = Timestamp(milliseconds: .max)
        let first = Timestamp(milliseconds: .min)
        #expect(last.adding(milliseconds: 1) == last)
        #expect(first.adding(milliseconds: -1) == first)
        #expect(last.milliseconds(since: first) == .max)
        #expect(first.milliseconds(since: last) == .min)
        #expect(Timestamp(milliseconds: 5).milliseconds(since: Timestamp(milliseconds: 7)) == -2)
    }
}

@Suite struct RequestIDTests {
    @Test func `an id is the same in either case and is written in lower case`() {
        var generator = SeededRandom(seed: 17)
        for _ in 0..<2_000 {
            let id = RequestID(high: generator.next(), low: generator.next())
            let text = id.description
            #expect(text == text.lowercased())
            #expect(UUID(uuidString: text)?.uuidString.lowercased() == text)
            #expect(RequestID(text) == id)
            #expect(RequestID(text.uppercased()) == id)
        }
    }

    @Test(arguments: [
        "", "a7551968", "a7551968-d5d6-44b2-9831-815ac901779", "a7551968-d5d6-44b2-9831-815ac90177989",
        "a7551968d5d644b29831815ac9017798", "a7551968-d5d6-44b2-9831_815ac9017798",
        "a7551968-d5d6-44b2-9831-815ac901779g", "{a7551968-d5d6-44b2-9831-815ac9017798}",
        " a7551968-d5d6-44b2-9831-815ac9017798", "a755196-8d5d6-44b2-9831-815ac9017798",
        "a7551968-d5d6-44b2-9831-815ac901779\u{ff10}",
    ])
    func `what is not a UUID is refused`(_ text: String) {
        #expect(RequestID(text) == nil)
    }

    @Test func `ids are ordered as their texts are`() {
        var generator = SeededRandom(seed: 5)
        for _ in 0..<500 {
            let left = RequestID(high: generator.next() >> 60, low: generator.next())
            let right = RequestID(high: generator.next() >> 60, low: generator.next())
            #expect((left < right) == (left.description < right.description))
        }
    }
}
