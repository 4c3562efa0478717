import Contract
import Foundation
import SagaKernel
import Testing

/// Records of named sagas as files. `HABEAS_UPDATE_GOLDEN=1` writes those of the wire anew; a snapshot, once written,
/// is never written again: it stands for what lies in somebody's log.
@Suite struct GoldenTests {
    @Test(arguments: Story.all.map(\.name))
    func `a named saga has the status and the timeline of its files`(_ name: String) throws {
        let story = try #require(Story.all.first { $0.name == name })
        try expect(story.status, "\(name).status.json")
        try expect(story.timelineRecord, "\(name).timeline.json")
        #expect(!StatusText.contains(story.status + story.timelineRecord, "thermostat"))
        #expect(!StatusText.contains(story.status + story.timelineRecord, "SN-0042"))
    }

    /// Two lines: the hub plan, the snapshot.
    @Test(arguments: Story.all.map(\.name), ["v1", "v2"])
    func `a snapshot of every format is still read`(_ name: String, _ format: String) throws {
        let story = try #require(Story.all.first { $0.name == name })
        let file = Self.folder.appending(path: "\(name).\(format).hex")
        if Self.isUpdating, !FileManager.default.fileExists(atPath: file.path()) {
            let plan = hexadecimal(PlanCodec.encode(story.saga.plans[0]))
            let wake = story.saga.nextWake(rules: SagaRules())
            let snapshot = hexadecimal(SnapshotCodec.encode(story.saga, wake: wake))
            try Data("\(plan)\n\(snapshot)\n".utf8).write(to: file)
        }
        let lines = try String(decoding: Data(contentsOf: file), as: UTF8.self).split(separator: "\n")
        try #require(lines.count == 2)
        let plan = try bytes(lines[0]).withUnsafeBytes { try PlanCodec.decode($0) }
        let saga = try StatusText.decode(bytes(lines[1]), of: story.saga.id, plans: [plan])
        try expect(StatusText.bytes(saga), "\(name).\(format).json")
        // What the status does not show: identifiers and commands.
        #expect(saga.request == story.saga.request)
        #expect(saga.commandIDs == story.saga.commandIDs)
        #expect(saga.plans == story.saga.plans)
        // It lives on.
        var replayed = saga
        var other = story.saga
        let later = saga.updated.adding(milliseconds: 40 * Milliseconds.day)
        var (directives, otherDirectives) = (Directives(), Directives())
        replayed.timeCame(now: later, rules: SagaRules(), &directives)
        other.timeCame(now: later, rules: SagaRules(), &otherDirectives)
        #expect(directives == otherDirectives)
        let again = SnapshotCodec.encode(replayed, wake: nil)
        #expect(try StatusText.decode(again, of: saga.id, plans: [plan]) == replayed)
    }

    @Test func `a husk of the first format is still read`() throws {
        let anID = RequestID(high: 1, low: 2)
        let text = "210001000000000000000200000000000000ffffffffffffffff01000000000000000612f6f7b1ccb368"
        let content = try bytes(text[...]).withUnsafeBytes { bytes in
            try SnapshotCodec.decode(bytes, of: anID) { _ in nil }
        }
        guard case .husk(let husk) = content else {
            Issue.record("no husk")
            return
        }
        #expect(husk.kind == .ended)
        #expect(husk.meaning == Fingerprint(high: .max, low: 1))
        #expect([husk.term, husk.version] == [3, 9])
        #expect(husk.forgetAt == Timestamp(milliseconds: 1_793_631_600_123))
    }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    private static let isUpdating = ProcessInfo.processInfo.environment["HABEAS_UPDATE_GOLDEN"] == "1"

    private func expect(_ bytes: [UInt8], _ file: String) throws {
        let url = Self.folder.appending(path: file)
        let text = String(decoding: bytes, as: UTF8.self) + "\n"
        if Self.isUpdating { try Data(text.utf8).write(to: url) }
        #expect(try String(decoding: Data(contentsOf: url), as: UTF8.self) == text, "\(file) differs")
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { String(format: "%02x", $0) }.joined()
    }

    private func bytes(_ text: Substring) throws -> [UInt8] {
        let digits = try text.utf8.map { try #require(Hexadecimal.value($0)) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
