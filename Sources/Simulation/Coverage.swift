public import SagaKernel
import Synchronization

/// A cell of the table of transitions.
public struct TransitionCell: Hashable, Sendable {
    public var phase: TaskPhase
    public var happening: TaskTransition.Happening

    public static let all: Set<TransitionCell> = Set(
        TaskPhase.allCases.flatMap { phase in
            TaskTransition.Happening.allCases.map { TransitionCell(phase: phase, happening: $0) }
        })
}

/// The cells that one run has asked for. Stays empty in builds without the probe.
final class Coverage: Sendable {
    private let seen = Mutex<Set<TransitionCell>>([])

    var cells: Set<TransitionCell> { seen.withLock { $0 } }

    func note(_ phase: TaskPhase, _ happening: TaskTransition.Happening) {
        _ = seen.withLock { $0.insert(TransitionCell(phase: phase, happening: happening)) }
    }
}

#if SIMULATION
    extension Coverage: TransitionListener {
        func asked(_ phase: TaskPhase, _ happening: TaskTransition.Happening) { note(phase, happening) }
    }
#endif
