/// The table of a task's life: what each happening does in each phase.
///
/// The saga asks this table for every change of a task, so the table that the test walks and the documentation shows is
/// the one that runs. Each row is exhaustive over the phases; a new phase or happening does not compile until every
/// pair has an answer.
public enum TaskTransition {
    /// What can happen to a task.
    public enum Happening: String, CaseIterable, Sendable {
        /// Its stage is open (or it was reset in a stage that is).
        case stageOpened = "stage opened"
        /// Of a verification: its erasure succeeded.
        case eraseSucceeded = "erase succeeded"
        /// Its due moment came.
        case timerDue = "timer due"
        /// Acknowledgements of the current epoch; `pending` and `failed` also of the current attempt.
        case ackCompleted = "ack completed"
        case ackPending = "ack pending"
        case ackFailed = "ack failed"
        /// An operator begins it anew.
        case replayed
        case skipped
        case attested
        case cancelled
        /// Its sweep may have missed data: the source was cut off only afterwards, or data came back.
        case sweptAgain = "swept again"
    }

    /// What is done about it.
    public enum Move: Hashable, Sendable {
        /// Nothing; the code says why.
        case ignore(Ignored)
        /// Dispatched, or first `waiting` for settle.
        case start
        /// `waiting` for reverify.
        case arm
        /// Dispatched once more, without cost.
        case dispatchAgain
        /// The dispatch is counted as failed; dispatched again at once, or `failed` when the budget is used up.
        case timeOut
        case succeed
        /// `waiting` for what the acknowledgement says.
        case await
        /// The dispatch is counted as failed; `waiting` for retry, or `failed`.
        case fail
        /// A new epoch with a fresh budget, beginning at `blocked`.
        case restart
        case skip
        case cancel
    }

    /// Why a happening changes nothing. For acknowledgements these are the codes of `ack_ignored`.
    public enum Ignored: String, CaseIterable, Sendable {
        /// It says what is known already.
        case duplicate
        /// The phase is beyond it.
        case settled
        /// Nothing was dispatched in this epoch.
        case notDispatched = "not_dispatched"
        /// An operator took the task out of the plan.
        case skipped
        case cancelled
        /// The first word of an attempt stands; this one contradicts it.
        case contradicted
        /// It does not concern a task in this phase.
        case notApplicable = "not_applicable"
    }

    public static func move(_ phase: TaskPhase, on happening: Happening) -> Move {
        #if SIMULATION
            TransitionProbe.listener?.asked(phase, happening)
        #endif
        return switch happening {
        case .stageOpened: onStageOpened(phase)
        case .eraseSucceeded: onEraseSucceeded(phase)
        case .timerDue: onTimerDue(phase)
        case .ackCompleted: onCompleted(phase)
        case .ackPending: onPending(phase)
        case .ackFailed: onFailed(phase)
        case .replayed: onReplayed(phase)
        case .skipped: onSkipped(phase)
        case .attested: onAttested(phase)
        case .cancelled: onCancelled(phase)
        case .sweptAgain: onSweptAgain(phase)
        }
    }

    private static func onStageOpened(_ phase: TaskPhase) -> Move {
        switch phase {
        case .blocked: .start
        case .dispatched, .waiting, .succeeded, .failed, .skipped, .cancelled: .ignore(.notApplicable)
        }
    }

    private static func onEraseSucceeded(_ phase: TaskPhase) -> Move {
        switch phase {
        case .blocked: .arm
        case .dispatched, .waiting, .succeeded, .failed, .skipped, .cancelled: .ignore(.notApplicable)
        }
    }

    private static func onTimerDue(_ phase: TaskPhase) -> Move {
        switch phase {
        case .dispatched: .timeOut
        case .waiting(.operationRunning), .waiting(.retention), .waiting(.awaitingOwner), .waiting(.throttled),
            .waiting(.retry), .waiting(.settle), .waiting(.reverify):
            .dispatchAgain
        case .blocked, .succeeded, .failed, .skipped, .cancelled: .ignore(.notApplicable)
        }
    }

    /// A completion counts whenever it arrives: what is done is done.
    private static func onCompleted(_ phase: TaskPhase) -> Move {
        switch phase {
        case .dispatched, .failed: .succeed
        case .waiting(.operationRunning), .waiting(.retention), .waiting(.awaitingOwner), .waiting(.throttled),
            .waiting(.retry):
            .succeed
        case .blocked, .waiting(.settle), .waiting(.reverify): .ignore(.notDispatched)
        case .succeeded: .ignore(.duplicate)
        case .skipped: .ignore(.skipped)
        case .cancelled: .ignore(.cancelled)
        }
    }

    private static func onPending(_ phase: TaskPhase) -> Move {
        switch phase {
        case .dispatched: .await
        case .waiting(.operationRunning), .waiting(.retention), .waiting(.awaitingOwner), .waiting(.throttled): .await
        // The attempt has been counted as failed; believing it now would hide the failure that was already published.
        case .waiting(.retry): .ignore(.contradicted)
        case .blocked, .waiting(.settle), .waiting(.reverify): .ignore(.notDispatched)
        case .succeeded, .failed: .ignore(.settled)
        case .skipped: .ignore(.skipped)
        case .cancelled: .ignore(.cancelled)
        }
    }

    private static func onFailed(_ phase: TaskPhase) -> Move {
        switch phase {
        case .dispatched: .fail
        case .waiting(.operationRunning), .waiting(.retention), .waiting(.awaitingOwner), .waiting(.throttled): .fail
        // Counting the same failure twice would spend the budget on redeliveries.
        case .waiting(.retry): .ignore(.duplicate)
        case .blocked, .waiting(.settle), .waiting(.reverify): .ignore(.notDispatched)
        case .succeeded, .failed: .ignore(.settled)
        case .skipped: .ignore(.skipped)
        case .cancelled: .ignore(.cancelled)
        }
    }

    private static func onReplayed(_ phase: TaskPhase) -> Move {
        switch phase {
        case .blocked, .dispatched, .waiting, .succeeded, .failed, .skipped: .restart
        case .cancelled: .ignore(.cancelled)
        }
    }

    private static func onSkipped(_ phase: TaskPhase) -> Move {
        switch phase {
        case .blocked, .dispatched, .waiting, .failed: .skip
        case .succeeded: .ignore(.settled)
        case .skipped: .ignore(.duplicate)
        case .cancelled: .ignore(.cancelled)
        }
    }

    private static func onAttested(_ phase: TaskPhase) -> Move {
        switch phase {
        case .blocked, .dispatched, .waiting, .failed, .skipped: .succeed
        case .succeeded: .ignore(.settled)
        case .cancelled: .ignore(.cancelled)
        }
    }

    private static func onCancelled(_ phase: TaskPhase) -> Move {
        switch phase {
        case .blocked, .dispatched, .waiting: .cancel
        // What was done and what failed stays told as it was.
        case .succeeded, .failed, .skipped: .ignore(.settled)
        case .cancelled: .ignore(.duplicate)
        }
    }

    private static func onSweptAgain(_ phase: TaskPhase) -> Move {
        switch phase {
        case .blocked, .dispatched, .waiting, .succeeded, .failed: .restart
        case .skipped: .ignore(.skipped)
        case .cancelled: .ignore(.cancelled)
        }
    }
}

extension TaskTransition {
    /// The phases to which a move can lead, for the diagram and for checking the saga against the table.
    public static func targets(of move: Move) -> [TaskPhase] {
        switch move {
        case .ignore: []
        case .start: [.dispatched, .waiting(.settle), .waiting(.awaitingOwner)]
        case .arm: [.waiting(.reverify)]
        case .dispatchAgain: [.dispatched, .waiting(.awaitingOwner)]
        case .timeOut: [.dispatched, .failed]
        case .succeed: [.succeeded]
        case .await: PendingReason.allCases.map { .waiting(WaitReason($0)) }
        case .fail: [.waiting(.retry), .failed]
        case .restart: [.blocked]
        case .skip: [.skipped]
        case .cancel: [.cancelled]
        }
    }
}
