import Foundation
import TestKit

/// The processes of one kind, each in a slot whose name stays the same over its restarts.
final class Fleet {
    enum Role: String {
        case coordinator, worker
    }

    private enum State {
        case absent, running, frozen
    }

    private struct Slot {
        var name: String
        var rig: HabeasProcessRig
        var state = State.absent
    }

    let role: Role
    /// How many run when nothing disturbs them.
    let size: Int
    private var slots: [Slot] = []
    /// Ends that nobody asked for, by exit code.
    private(set) var unasked: [Int32: Int] = [:]
    private var faults: [SoakFault] = []

    /// What a supervisor cures by starting the process again: broker unreachable, stuck.
    private static let curable: Set<Int32> = [69, 76]
    private static let stopSeconds = 60.0

    /// - Parameter arguments: of the process in a slot, which has a name of its own.
    init(_ role: Role, size: Int, folder: URL, executable: URL, arguments: (String) -> [String]) {
        self.role = role
        self.size = size
        // One more than usual, for "another one starts".
        for index in 0...size {
            let name = "\(role.rawValue)-\(index)"
            slots.append(
                Slot(
                    name: name,
                    rig: HabeasProcessRig(
                        arguments: arguments(name), name: name, folder: folder, executable: executable)))
        }
    }

    /// What was found since the last call.
    func takeFaults() -> [SoakFault] {
        defer { faults = [] }
        return faults
    }

    var runningCount: Int { slots.count { $0.state == .running } }

    /// Every process that ought to run does, and one that is too many is asked to go.
    func restore() throws {
        for index in slots.indices where slots[index].state == .frozen { thaw(index) }
        for index in slots.indices where slots[index].state == .absent && runningCount < size { try start(index) }
        while runningCount > size, let index = slots.lastIndex(where: { $0.state == .running }) { stop(index) }
    }

    /// - Returns: the name of what was started; nil where all run.
    func startAnother() throws -> String? {
        guard let index = slots.firstIndex(where: { $0.state == .absent }) else { return nil }
        try start(index)
        return slots[index].name
    }

    /// Asks one to end; the last one never.
    func stopOne(_ choice: Int) -> String? {
        guard runningCount > 1, let index = chosen(choice) else { return nil }
        stop(index)
        return slots[index].name
    }

    /// Kills one, and starts it again.
    func killOne(_ choice: Int, downSeconds: Double) throws -> String? {
        guard let index = chosen(choice) else { return nil }
        slots[index].rig.kill()
        slots[index].state = .absent
        Pause.wait(downSeconds)
        try start(index)
        return slots[index].name
    }

    func freezeOne(_ choice: Int, seconds: Double) -> String? {
        guard let index = chosen(choice) else { return nil }
        slots[index].rig.pause()
        slots[index].state = .frozen
        Pause.wait(seconds)
        thaw(index)
        return slots[index].name
    }

    /// Looks for processes that ended by themselves and starts them again, as a supervisor would.
    ///
    /// - Returns: what there is to tell.
    func superviseOnce() throws -> [String] {
        var lines: [String] = []
        for index in slots.indices where slots[index].state == .running {
            guard let code = slots[index].rig.exitCode else { continue }
            slots[index].state = .absent
            ended(index, code, asked: false)
            try start(index)
            lines.append("\(slots[index].name) ended by itself with \(code), and was started again")
        }
        return lines
    }

    func stopAll() {
        for index in slots.indices where slots[index].state == .frozen { thaw(index) }
        for index in slots.indices where slots[index].state == .running { slots[index].rig.terminate() }
        for index in slots.indices where slots[index].state == .running { stop(index) }
    }

    /// Without asking; for a run that is given up.
    func killAll() {
        for slot in slots where slot.state != .absent { slot.rig.kill() }
    }

    private func chosen(_ choice: Int) -> Int? {
        let running = slots.indices.filter { slots[$0].state == .running }
        return running.isEmpty ? nil : running[choice % running.count]
    }

    private func start(_ index: Int) throws {
        try slots[index].rig.start()
        slots[index].state = .running
    }

    private func thaw(_ index: Int) {
        slots[index].rig.resume()
        slots[index].state = .running
    }

    private func stop(_ index: Int) {
        slots[index].rig.terminate()
        let deadline = Date().addingTimeInterval(Self.stopSeconds)
        while slots[index].rig.exitCode == nil, Date() < deadline { Pause.wait(0.05) }
        slots[index].state = .absent
        guard let code = slots[index].rig.exitCode else {
            slots[index].rig.kill()
            let detail = "\(slots[index].name) did not end within \(Self.stopSeconds) s of SIGTERM"
            faults.append(SoakFault(.processEnded, nil, detail))
            return
        }
        if code != 0 { ended(index, code, asked: true) }
    }

    private func ended(_ index: Int, _ code: Int32, asked: Bool) {
        unasked[code, default: 0] += 1
        guard !Self.curable.contains(code) else { return }
        let when = asked ? "after SIGTERM" : "by itself"
        faults.append(SoakFault(.processEnded, nil, "\(slots[index].name) ended with \(code) \(when); see its log"))
    }
}
