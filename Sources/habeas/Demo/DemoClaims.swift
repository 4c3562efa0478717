import Contract
import Crypto
import Foundation

/// What the demo says at its end, each sentence with the look that it was checked by.
struct DemoClaims {
    struct Claim {
        var text: String
        var holds: Bool
    }

    let scene: DemoScene
    /// The files as they were before anything was asked.
    let before: [String: [String]]
    let erasure: RequestAnswer
    let access: RequestAnswer

    func check() throws -> [Claim] {
        let after = try scene.lines()
        let registry = try scene.readRegistry()
        return [
            Claim(
                text: "both requests ended, and say completed",
                holds: erasure.status.state == "completed" && access.status.state == "completed"),
            Claim(
                text: "no line about \(DemoScene.erased) is left in any file",
                holds: !after.values.joined().contains { DemoScene.isAbout(DemoScene.erased, $0) }
                    && before.values.joined().contains { DemoScene.isAbout(DemoScene.erased, $0) }),
            Claim(text: "every other line of every file is still there, byte for byte", holds: othersAreWhole(after)),
            Claim(
                text: "its identity is gone from the registry; its neighbours' are there",
                holds: registry == DemoScene.devices.filter { $0 != DemoScene.erased }.sorted()),
            Claim(
                text: "the place that failed was done by the replay, in a new epoch",
                holds: erasure.task("cold-store").map { $0.state == "succeeded" && $0.epoch == 2 } ?? false),
            Claim(
                text: "the stream was waited for, the warehouse attested, the archive looked at once more",
                holds: erasure.task("telemetry-stream")?.outcome == "expired"
                    && erasure.task("former-warehouse")?.outcome == "attested"
                    && erasure.task("telemetry-archive", action: "verify")?.outcome == "absent"),
            Claim(
                text: "the partner was called at its own address, took the task, and has done it",
                holds: erasure.task("partner-crm").map { $0.state == "succeeded" && $0.outcome == "erased" } ?? false),
            Claim(
                text: "the export holds every record of \(DemoScene.exported), and nobody else's",
                holds: try exportIsExact()),
            Claim(
                text: "what nobody can do is disclosed with its reason",
                holds: [erasure, access].allSatisfy { answer in
                    answer.status.disclosures.count >= 2
                        && answer.status.disclosures.allSatisfy { !$0.system.isEmpty && !$0.reason.isEmpty }
                }),
            Claim(
                text: "no status and no timeline names a device",
                holds: [erasure, access].allSatisfy { answer in
                    let text = String(decoding: answer.body, as: UTF8.self)
                    return DemoScene.devices.allSatisfy { !text.contains($0) }
                }),
        ]
    }

    private func othersAreWhole(_ after: [String: [String]]) -> Bool {
        before.allSatisfy { file, lines in
            lines.filter { !DemoScene.isAbout(DemoScene.erased, $0) } == after[file]
        }
    }

    /// Every artifact has the size and digest that the status tells, and together they hold exactly the device's lines.
    private func exportIsExact() throws -> Bool {
        var exported: [String] = []
        for artifact in access.status.artifacts {
            guard let url = URL(string: artifact.uri), url.isFileURL else { return false }
            let data = try Data(contentsOf: url)
            let digest = SHA256.hash(data: data).map { String(format: "%02x", $0) }.joined()
            guard digest == artifact.sha256, Int64(data.count) == artifact.bytes else { return false }
            exported += String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
        }
        let theirs = before.values.joined().filter { DemoScene.isAbout(DemoScene.exported, $0) }
        return exported.sorted() == theirs.sorted() && !theirs.isEmpty
    }
}
