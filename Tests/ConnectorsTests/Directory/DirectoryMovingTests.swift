import Contract
import Foundation
import SagaKernel
import Synchronization
import Testing

@testable import Connectors

/// Trees in which files move, or workers meet, while they are worked on.
@Suite struct DirectoryMovingTests {
    private let other = TaskMaking.message("dev2") + "\n"
    private let mine = TaskMaking.message("dev1") + "\n"

    /// Erases, and does something at the first moment of the kind.
    private func erase(
        _ tree: TemporaryTree, at moment: RewriteMoment, more: String = "", continuation: String? = nil,
        _ interfere: @escaping @Sendable (TemporaryTree) throws -> Void
    ) async throws -> Acknowledgement.Verdict {
        let isFirst = Mutex(true)
        let connector = try DirectoryConnector(roots: [tree.path], now: WallClock.now) { reached in
            let isDue = isFirst.withLock { first in
                defer { if reached == moment { first = false } }
                return first && reached == moment
            }
            guard isDue else { return }
            do { try interfere(tree) } catch { Issue.record(error) }
        }
        return await connector.perform(
            TaskMaking.directoryTask(.erase, tree, more: more, continuation: continuation))
    }

    private static func move(_ tree: TemporaryTree, _ from: String, _ to: String) throws {
        try tree.check(rename("\(tree.path)/\(from)", "\(tree.path)/\(to)") == 0)
    }

    private func holdsMine(_ tree: TemporaryTree) throws -> Bool {
        try tree.names().contains { tree.text($0)?.contains("\"dev1\"") == true }
    }

    @Test func `lines that a rotation moved to another name are not called gone`() async throws {
        let tree = try TemporaryTree()
        try tree.write("app.log", mine + other)
        let verdict = try await erase(tree, at: .prepared) { try Self.move($0, "app.log", "app.log.1") }
        #expect(verdict.completion == nil)
        #expect(try !holdsMine(tree))
        let wait = try #require(verdict.wait)
        let second = try await erase(tree, at: .prepared, continuation: wait.continuation) { _ in }
        #expect(second.completion?.outcome == .erased)
        #expect(second.completion?.recordCount == 1)
    }

    @Test func `a rotation that leaves a new file under the old name hides nothing`() async throws {
        let tree = try TemporaryTree()
        try tree.write("app.log", mine + other)
        let other = other
        let verdict = try await erase(tree, at: .prepared) { tree in
            try Self.move(tree, "app.log", "app.log.1")
            try tree.write("app.log", other)
        }
        #expect(verdict.completion == nil)
        #expect(try !holdsMine(tree))
        #expect(tree.text("app.log") == other)
        #expect(tree.text("app.log.1") == other)
    }

    @Test func `a file that takes the name of one that was read already is read too`() async throws {
        let tree = try TemporaryTree()
        try tree.write("a.log", mine + other)
        try tree.write("b.log", other)
        try tree.write("z.log", mine + other)
        let other = other
        let verdict = try await erase(tree, at: .replaced) { tree in
            try Self.move(tree, "z.log", "a.log")
            try tree.write("z.log", other)
        }
        #expect(try !holdsMine(tree), "\(verdict)")
        #expect(verdict.completion == nil)
    }

    @Test func `a rewrite whose new content another worker removed is not an erasure`() async throws {
        let tree = try TemporaryTree()
        try tree.write("one.json", mine + other)
        let verdict = try await erase(tree, at: .prepared, more: #""folder_lock":false"#) { tree in
            for name in try tree.names() where name.hasSuffix(".tmp") {
                try FileManager.default.removeItem(atPath: "\(tree.path)/\(name)")
            }
        }
        #expect(verdict.completion == nil)
    }

    @Test func `a worker that removes what it takes for a leftover stops no other's erasure`() async throws {
        let tree = try TemporaryTree()
        try tree.write("one.json", mine + other)
        let more = #""folder_lock":false"#
        let verdict = try await erase(tree, at: .prepared, more: more) { tree in
            let done = DispatchSemaphore(value: 0)
            Task {
                let task = TaskMaking.directoryTask(
                    .verify, tree, more: more, subjects: [Subject(hub: TaskMaking.hub, deviceID: "dev3")])
                _ = await (try DirectoryConnector(roots: [tree.path])).perform(task)
                done.signal()
            }
            done.wait()
        }
        #expect(verdict.completion?.recordCount == 1)
    }

    @Test func `an erasure that removed something keeps the count until it can end`() async throws {
        let tree = try TemporaryTree()
        try tree.write("a.json", mine + other)
        try tree.write("b.json", mine + other)
        let busy = Mutex(true)
        let connector = try DirectoryConnector(roots: [tree.path], now: WallClock.now) { moment in
            guard moment == .prepared, busy.withLock({ $0 }) else { return }
            _ = try? tree.append("b.json", "\n")
        }
        var verdict = await connector.perform(TaskMaking.directoryTask(.erase, tree))
        var pauses: [Int64] = []
        while let wait = verdict.wait, pauses.count < 20 {
            #expect(wait.reason == .operationRunning)
            pauses.append(try #require(wait.resumeAt).milliseconds(since: WallClock.now()))
            if pauses.count == 5 {
                // Somebody who writes without end does stop.
                let copy = try tree.copy()
                let quiet = try DirectoryConnector(roots: [copy.path])
                let task = TaskMaking.directoryTask(.erase, copy, continuation: wait.continuation)
                #expect(await quiet.perform(task).completion?.recordCount == 2)
            }
            verdict = await connector.perform(
                TaskMaking.directoryTask(.erase, tree, continuation: wait.continuation))
        }
        #expect(verdict.failure?.code == .conflict)
        #expect((5...12).contains(pauses.count))
        #expect(zip(pauses, pauses.dropFirst()).allSatisfy { $0 <= $1 })
    }

    @Test func `a pass that is cut short says what it removed`() async throws {
        let tree = try TemporaryTree()
        try tree.write("a.json", mine + other)
        try tree.write("b.json", mine + other)
        let work = Mutex<Task<Acknowledgement.Verdict, Never>?>(nil)
        let connector = try DirectoryConnector(roots: [tree.path], now: WallClock.now) { moment in
            if moment == .replaced { work.withLock { $0?.cancel() } }
        }
        let task = work.withLock { work in
            let task = Task { await connector.perform(TaskMaking.directoryTask(.erase, tree)) }
            work = task
            return task
        }
        let wait = try #require(await task.value.wait)
        #expect(tree.text("a.json") == other)
        #expect(tree.text("b.json") == mine + other)
        let second = try await DirectoryConnector(roots: [tree.path]).perform(
            TaskMaking.directoryTask(.erase, tree, continuation: wait.continuation))
        #expect(second.completion?.recordCount == 2)
    }
}
