import Contract
import Foundation
import SagaKernel
import Synchronization
import TestSeed
import Testing

@testable import Connectors

@Suite struct DirectoryEraseTests {
    private func connector(
        _ tree: TemporaryTree, atMoment: @escaping @Sendable (RewriteMoment) -> Void = { _ in }
    ) throws -> DirectoryConnector {
        try DirectoryConnector(roots: [tree.path], now: WallClock.now, atMoment: atMoment)
    }

    private func erase(_ tree: TemporaryTree, more: String = "") async throws -> Acknowledgement.Verdict {
        try await connector(tree).perform(TaskMaking.directoryTask(.erase, tree, more: more))
    }

    @Test func `every byte of the others survives an erasure, whatever the tree`() async throws {
        for seed in UInt64(1)...60 {
            var random = SeededRandom(seed: seed)
            let tree = try TemporaryTree()
            let forest = RandomForest(using: &random)
            for (name, lines) in forest.files { try tree.write(name, lines.flatMap(\.bytes)) }
            let verdict = try await erase(tree, more: #""delete_empty":false,"half_written_seconds":0"#)
            let completion = try #require(verdict.completion, "seed \(seed): \(verdict)")
            #expect(completion.recordCount == forest.count(of: "dev1"), "seed \(seed)")
            #expect(completion.outcome == (forest.count(of: "dev1") > 0 ? .erased : .alreadyAbsent), "seed \(seed)")
            #expect(completion.verified == .readBack)
            for (name, lines) in forest.files {
                let expected = lines.flatMap { $0.owner == "dev1" ? $0.mark : $0.bytes }
                #expect(tree.bytes(name) == expected, "seed \(seed), file \(name)")
            }
            #expect(try tree.names().allSatisfy { !$0.contains(".habeas-") })
        }
    }

    @Test func `a crash leaves either the old or the new content, and a second run finishes`() async throws {
        let tree = try TemporaryTree()
        let other = TaskMaking.message("dev10") + "\n"
        try tree.write("a/one.json", other + TaskMaking.message("dev1") + "\n" + other)
        try tree.write("a/two.json", TaskMaking.message("dev1") + "\n")
        let copies = Mutex<[(RewriteMoment, TemporaryTree)]>([])
        let faults = Mutex<[String]>([])
        let connector = try connector(tree) { moment in
            do {
                let copy = try tree.copy()
                copies.withLock { $0.append((moment, copy)) }
            } catch { faults.withLock { $0.append("\(error)") } }
        }
        let verdict = await connector.perform(TaskMaking.directoryTask(.erase, tree))
        #expect(verdict.completion?.recordCount == 2)
        #expect(faults.withLock { $0 } == [])
        let crashed = copies.withLock { $0 }
        #expect(crashed.map(\.0) == [.prepared, .replaced, .prepared])
        for (moment, copy) in crashed {
            let one = try #require(copy.text("a/one.json"))
            #expect([other + other, other + TaskMaking.message("dev1") + "\n" + other].contains(one))
            let leftovers = try copy.names().filter { $0.contains(".habeas-rewrite-") }
            #expect(leftovers.isEmpty == (moment == .replaced))
            let again = try await erase(copy)
            #expect(again.completion != nil)
            #expect(copy.text("a/one.json") == other + other)
            #expect(try copy.names() == ["a", "a/one.json"])
        }
    }

    @Test func `what is appended during a rewrite is kept, and the rewrite begins anew`() async throws {
        let tree = try TemporaryTree()
        let other = TaskMaking.message("dev2") + "\n"
        try tree.write("one.json", TaskMaking.message("dev1") + "\n" + other)
        let rounds = Mutex(0)
        let connector = try connector(tree) { moment in
            guard case .prepared = moment else { return }
            let round = rounds.withLock { rounds in
                rounds += 1
                return rounds
            }
            if round <= 2 { _ = try? tree.append("one.json", other) }
        }
        let verdict = await connector.perform(TaskMaking.directoryTask(.erase, tree))
        #expect(verdict.completion?.recordCount == 1)
        #expect(tree.text("one.json") == other + other + other)
        #expect(rounds.withLock { $0 } == 3)
    }

    @Test func `a file that never stops changing fails as a conflict and loses nothing`() async throws {
        let tree = try TemporaryTree()
        let line = TaskMaking.message("dev1") + "\n"
        try tree.write("one.json", line)
        let connector = try connector(tree) { _ in _ = try? tree.append("one.json", "\n") }
        let verdict = await connector.perform(
            TaskMaking.directoryTask(.erase, tree, more: #""rewrite_attempts_max":3"#))
        #expect(verdict.failure?.code == .conflict)
        #expect(verdict.failure?.retryable == true)
        #expect(tree.text("one.json") == line + "\n\n\n")
        #expect(try tree.names() == ["one.json"])
    }

    @Test func `a file without records left is removed, unless it shall stay`() async throws {
        let tree = try TemporaryTree()
        try tree.write("gone.json", TaskMaking.message("dev1") + "\n")
        try tree.write("empty-before.json", "")
        #expect(try await erase(tree).completion?.outcome == .erased)
        #expect(try tree.names() == ["empty-before.json"])
        try tree.write("stays.json", TaskMaking.message("dev1"))
        #expect(try await erase(tree, more: #""delete_empty":false"#).completion?.recordCount == 1)
        #expect(tree.bytes(Array("stays.json".utf8)) == [])
    }

    @Test func `rights and time of modification stay`() async throws {
        let tree = try TemporaryTree()
        try tree.write("one.json", TaskMaking.message("dev1") + "\n" + TaskMaking.message("dev2") + "\n")
        try tree.age("one.json", seconds: 5_000)
        try tree.check(tree.at(Array("one.json".utf8)) { chmod($0, 0o640) } == 0)
        let before = try FileManager.default.attributesOfItem(atPath: tree.path + "/one.json")
        _ = try await erase(tree)
        let after = try FileManager.default.attributesOfItem(atPath: tree.path + "/one.json")
        #expect(after[.modificationDate] as? Date == before[.modificationDate] as? Date)
        #expect(after[.posixPermissions] as? Int == 0o640)
        #expect(after[.size] as? Int != before[.size] as? Int)
    }

    @Test func `a young file waits, and the count goes on where it stopped`() async throws {
        let tree = try TemporaryTree()
        try tree.write("old.json", TaskMaking.message("dev1") + "\n")
        try tree.age("old.json", seconds: 1_000)
        try tree.write("young.json", TaskMaking.message("dev1") + "\n")
        let verdict = try await erase(tree, more: #""minimum_age_seconds":900"#)
        let wait = try #require(verdict.wait)
        #expect(wait.reason == .operationRunning)
        let delay = try #require(wait.resumeAt).milliseconds(since: WallClock.now())
        #expect((600_000...900_000).contains(delay))
        #expect(try tree.names() == ["young.json"])
        try tree.age("young.json", seconds: 1_000)
        let second = try await connector(tree).perform(
            TaskMaking.directoryTask(
                .erase, tree, more: #""minimum_age_seconds":900"#, continuation: wait.continuation))
        #expect(second.completion?.recordCount == 2)
    }

    @Test func `a folder that another worker has locked makes the task wait`() async throws {
        let tree = try TemporaryTree()
        try tree.write("one.json", TaskMaking.message("dev1") + "\n")
        let other = open(tree.path, O_RDONLY | O_DIRECTORY)
        #expect(flock(other, LOCK_EX) == 0)
        let verdict = try await erase(tree, more: #""lock_wait_seconds":0"#)
        #expect(verdict.wait?.reason == .operationRunning)
        close(other)
        #expect(try await erase(tree).completion?.recordCount == 1)
    }

    @Test func `several subjects go in one pass`() async throws {
        let tree = try TemporaryTree()
        let kept = TaskMaking.message("dev11") + "\n"
        try tree.write("one.json", ["dev1", "dev10"].map { TaskMaking.message($0) + "\n" }.joined() + kept)
        let subjects = ["dev1", "dev10"].map { Subject(hub: TaskMaking.hub, deviceID: $0) }
        let verdict = try await connector(tree).perform(
            TaskMaking.directoryTask(.erase, tree, subjects: subjects))
        #expect(verdict.completion?.recordCount == 2)
        #expect(tree.text("one.json") == kept)
    }

    @Test func `a cancelled task ends early and changes nothing more`() async throws {
        let tree = try TemporaryTree()
        try tree.write("one.json", TaskMaking.message("dev1") + "\n")
        let connector = try connector(tree)
        let work = Task {
            await withUnsafeCurrentTaskCancelled()
            return await connector.perform(TaskMaking.directoryTask(.erase, tree))
        }
        #expect(await work.value.failure?.code == .timeout)
        #expect(tree.text("one.json") == TaskMaking.message("dev1") + "\n")
    }

    private func withUnsafeCurrentTaskCancelled() async {
        withUnsafeCurrentTask { $0?.cancel() }
    }
}
