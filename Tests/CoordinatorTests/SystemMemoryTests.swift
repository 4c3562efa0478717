import Foundation
import Testing

@testable import Coordinator

struct SystemMemoryTests {
    /// What a piece took.
    private static let (quick, usual, slow) = (
        Duration.microseconds(100), Duration.microseconds(700), Duration.milliseconds(5)
    )

    @Test func `the first piece comes in small pages, which large ones are held to`() {
        var choice = PageChoice()
        #expect(choice.next() == .small)
        // Nothing has come yet that the next could be held to.
        #expect(choice.next() == .small)
        choice.came(.small, after: Self.usual)
        #expect(choice.next() == .large)
    }

    @Test func `large pages that come as fast as small ones are asked for again`() {
        var choice = PageChoice()
        choice.came(.small, after: Self.usual)
        for duration in [Self.quick, Self.usual, Self.quick] {
            #expect(choice.next() == .large)
            choice.came(.large, after: duration)
        }
        #expect(choice.next() == .large)
    }

    @Test func `a slow large page is followed by small ones, by more each time, and by few again after a quick one`() {
        var choice = PageChoice()
        choice.came(.small, after: Self.usual)
        var pauses: [Int] = []
        for duration in [Self.slow, Self.slow, Self.slow, Self.quick, Self.slow] {
            choice.came(.large, after: duration)
            pauses.append(smallOnes(&choice))
        }
        #expect(pauses == [8, 16, 32, 0, 8])
    }

    @Test func `however often large pages were slow, they are tried again`() {
        var choice = PageChoice()
        choice.came(.small, after: Self.usual)
        var tried = 0
        for _ in 0..<20_000 {
            let pages = choice.next()
            if pages == .large { tried += 1 }
            choice.came(pages, after: pages == .large ? Self.slow : Self.usual)
        }
        // Seven on the way to the longest pause, and then one for each.
        #expect(tried == 7 + (20_000 - 1_016 - 7) / (PageChoice.longestPause + 1) + 1, "\(tried)")
    }

    @Test(arguments: [SystemMemory.largeBytes, SystemMemory.largeBytes + 1, 5 * SystemMemory.largeBytes - 7])
    func `large memory is whole pages of the largest kind, zeroed, and all of it can be used`(bytes: Int) {
        let memory = SystemMemory.takeZeroed(bytes: bytes)
        defer { SystemMemory.giveBack(memory) }
        #expect(memory.count >= bytes && memory.count - bytes < SystemMemory.largeBytes)
        #expect(memory.count % SystemMemory.largeBytes == 0)
        #expect(Int(bitPattern: memory.baseAddress) % SystemMemory.largeBytes == 0)
        #expect(memory.allSatisfy { $0 == 0 })
        for place in stride(from: 0, to: memory.count, by: 512) { memory[place] = 7 }
        memory[memory.count - 1] = 7
        #expect(memory.count { $0 == 7 } == memory.count / 512 + 1)
    }

    #if os(Linux)
        /// The system keeps a list of them, which is short: 65 530 by default.
        @Test
        func `pieces that are taken one after the other are few mappings to the system, and none when given back`()
            throws
        {
            func mappings() throws -> Int {
                let file = try #require(FileHandle(forReadingAtPath: "/proc/self/maps"))
                defer { file.closeFile() }
                return try #require(try file.readToEnd()).count { $0 == UInt8(ascii: "\n") }
            }
            let before = try mappings()
            let pieces = (0..<100).map { _ in SystemMemory.take(bytes: SystemMemory.largeBytes) }
            let (taken, slack) = (try mappings(), 50)
            for piece in pieces { SystemMemory.giveBack(piece) }
            #expect(taken - before < slack, "\(taken - before)")
            #expect(try mappings() - before < slack)
        }
    #endif

    /// How many are asked for in small pages before the next large one, which is taken with it.
    private func smallOnes(_ choice: inout PageChoice) -> Int {
        var count = 0
        while choice.next() == .small {
            choice.came(.small, after: Self.usual)
            count += 1
        }
        return count
    }
}
