import Foundation
import SagaKernel
import Testing

/// Keeps the diagrams of the documentation true: they are printed from the tables that run.
@Suite struct LifecycleDiagramTests {
    @Test func `the lifecycle page shows the tables that run`() throws {
        let page = Self.page
        if ProcessInfo.processInfo.environment["HABEAS_UPDATE_GOLDEN"] == "1" {
            try Data(page.utf8).write(to: Self.file)
        }
        let written = try String(decoding: Data(contentsOf: Self.file), as: UTF8.self)
        #expect(written == page, "stale: run the tests once with HABEAS_UPDATE_GOLDEN=1")
    }

    private static let file = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Sources/SagaKernel/SagaKernel.docc/Lifecycle.md")

    private static var page: String {
        """
        # Lifecycle

        How a task and a request move through their states.

        ## Overview

        Both diagrams are printed by a test from the tables that the saga itself asks, ``TaskTransition`` and
        ``CommandRule``; the test fails when this page is stale.

        ## A task

        An acknowledgement that has no arrow here changes nothing and is told in the timeline as `ack_ignored`. A task
        that is begun anew (`replayed`, `swept again`) passes through `blocked` and goes on in the same moment where its
        stage is open.

        ```mermaid
        \(taskDiagram)
        ```

        ## A request

        `failed` is parked, not ended: a late acknowledgement or an operator can still heal it. Ended requests are
        reopened by nothing but a replay of everything.

        ```mermaid
        \(sagaDiagram)
        ```

        Which command makes sense in which state, and with which reason it is refused otherwise:

        \(commandTable)

        """
    }

    private static var taskDiagram: String {
        let groups = phaseGroups
        var lines = ["stateDiagram-v2"]
        for group in groups {
            let reasons = group.compactMap { if case .waiting(let reason) = $0 { reason.rawValue } else { nil } }
            guard !reasons.isEmpty else { continue }
            lines.append("    \(name(group)) : waiting, \(reasons.joined(separator: " or "))")
        }
        lines.append("    [*] --> blocked")
        for group in groups {
            for target in groups {
                let why = TaskTransition.Happening.allCases.filter { happening in
                    TaskTransition.targets(of: TaskTransition.move(group[0], on: happening)).contains {
                        target.contains($0)
                    }
                }
                guard !why.isEmpty else { continue }
                lines.append("    \(name(group)) --> \(name(target)) : \(why.map(\.rawValue).joined(separator: ", "))")
            }
        }
        return lines.joined(separator: "\n")
    }

    /// What a worker said of a pending task makes no difference here: its reasons are drawn as one.
    private static var phaseGroups: [[TaskPhase]] {
        var groups: [[TaskPhase]] = []
        for phase in TaskPhase.allCases {
            if let index = groups.firstIndex(where: {
                isPending($0[0]) && isPending(phase) && moves($0[0]) == moves(phase)
            }) {
                groups[index].append(phase)
            } else {
                groups.append([phase])
            }
        }
        return groups
    }

    private static func isPending(_ phase: TaskPhase) -> Bool {
        if case .waiting(let reason) = phase { PendingReason(rawValue: reason.rawValue) != nil } else { false }
    }

    private static func moves(_ phase: TaskPhase) -> [TaskTransition.Move] {
        TaskTransition.Happening.allCases.map { TaskTransition.move(phase, on: $0) }
    }

    private static var sagaDiagram: String {
        var lines = ["stateDiagram-v2", "    [*] --> in_progress"]
        for edge in SagaEdge.all { lines.append("    \(edge.from.rawValue) --> \(edge.to.rawValue) : \(edge.why)") }
        for state in SagaState.allCases where state.isEnded { lines.append("    \(state.rawValue) --> [*]") }
        return lines.joined(separator: "\n")
    }

    private static var commandTable: String {
        let verbs = CommandRule.Verb.allCases
        var lines = ["| state | \(verbs.map(\.rawValue).joined(separator: " | ")) |"]
        lines.append("|" + String(repeating: "---|", count: verbs.count + 1))
        for state in SagaState.allCases {
            let cells = verbs.map { CommandRule.refusal(state, $0).map { "`\($0.rawValue)`" } ?? "yes" }
            lines.append("| `\(state.rawValue)` | \(cells.joined(separator: " | ")) |")
        }
        return lines.joined(separator: "\n")
    }

    private static func name(_ group: [TaskPhase]) -> String {
        guard group.count == 1 else { return "waiting_pending" }
        return if case .waiting(let reason) = group[0] { "waiting_\(reason.rawValue)" } else { group[0].name }
    }
}
