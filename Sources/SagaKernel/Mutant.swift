/// Bugs on purpose, to show that the checks which should see them do.
///
/// A check that has never failed proves nothing. Each of these was made, or could easily have been made, by somebody
/// who knew what they were doing; a simulation that switches one on must come to a violation. The switch exists in
/// debug builds and in the simulator's own build only: elsewhere `isOn` is the constant false and the compiler takes
/// the bug out.
public enum Mutant: String, CaseIterable, Sendable {
    /// A restore ends at the last stable offset, before a transaction that is just being committed.
    case restoresToStableOffset
    /// The memory changes before the commit, and stays changed when that fails.
    case appliesBeforeCommit
    /// After a commit without an answer the memory is believed.
    case keepsMemoryAfterUnknownOutcome
    /// After a commit without an answer the producer goes on, and the late request ends its next transaction.
    case keepsProducerAfterUnknownOutcome
    /// What was revoked is worked on all the same.
    case keepsRevokedPartitions
    /// A turn that read nothing does not ask the group whether it may write.
    case provesNothingWithoutInput
    /// Input positions become durable before what was made of the input.
    case commitsOffsetsFirst
    /// A turn that must be aborted is written again without the abort.
    case writesAgainWithoutAbort
    /// A restore brings the sagas back and leaves their due times behind.
    case forgetsTimersOnRestore
    /// A hub plan is dropped while sagas still refer to it.
    case dropsPlansInUse
    /// A new owner writes with the term of the one before.
    case keepsTermOfPredecessor
    /// What a former owner wrote over a snapshot stays.
    case leavesForeignWrites
    /// An acknowledgement counts whatever its epoch.
    case ignoresEpochs
    /// A failure counts whatever its attempt.
    case ignoresAttempts
    /// An answer that asks for patience costs budget.
    case chargesForPatience
    /// A source that succeeds late leaves the later sweeps as they are.
    case forgetsStaleSweeps
    /// A stage begins although the one before is not left.
    case opensStagesTogether
    /// A task does not wait for late data.
    case ignoresSettleTimes
    /// A request ends while a task waits.
    case endsWhileTasksWait
    /// A replay begins in the old epoch.
    case replaysInOldEpoch
    /// The same request, sent again, begins once more.
    case beginsAgainOnDuplicate
    /// A command that comes twice is carried out twice.
    case forgetsCommands

    #if SIMULATION
        /// The bug that the code under this task or thread has.
        @TaskLocal public static var active: Mutant?

        public var isOn: Bool { Mutant.active == self }
    #else
        @inlinable public var isOn: Bool { false }
    #endif
}

#if SIMULATION
    /// Hears which cells of the table of transitions are asked for, so that a simulation can say what it has covered.
    public protocol TransitionListener: Sendable {
        func asked(_ phase: TaskPhase, _ happening: TaskTransition.Happening)
    }

    public enum TransitionProbe {
        /// The one for the code under this task or thread.
        @TaskLocal public static var listener: (any TransitionListener)?
    }
#endif
