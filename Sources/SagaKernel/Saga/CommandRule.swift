/// Which commands make sense in which state: the table behind `command_applied` and `command_refused`.
public enum CommandRule {
    public enum Verb: String, CaseIterable, Sendable {
        case replay
        case replayAll = "replay all"
        case cancel, hold, release, extend, skip, attest
    }

    /// Why a command is refused: the `reason` of `command_refused`.
    public enum Refused: String, CaseIterable, Sendable, Error {
        /// The request has ended, and this command cannot reopen it.
        case ended
        case cancelled
        /// The request never became a saga.
        case rejected
        case alreadyOnHold = "already_on_hold"
        case notOnHold = "not_on_hold"
        /// None of the tasks that it names (or none at all) has failed.
        case nothingFailed = "nothing_failed"
        /// It names a task that the plan does not have.
        case unknownTask = "unknown_task"
        /// It names no task, and this command must.
        case noTask = "no_task"
        /// It names a task that has succeeded, or was skipped already.
        case alreadySettled = "already_settled"
        case reasonRequired = "reason_required"
        case alreadyExtended = "already_extended"
        /// `until` is not after the present deadline.
        case notLater = "not_later"
        /// `until` is after what the regulation allows.
        case beyondLimit = "beyond_limit"
        /// The outcome of an attestation does not fit the action of the task.
        case outcomeMismatch = "outcome_mismatch"
        /// There is no room left for the evidence of an attestation.
        case tooLarge = "too_large"
        /// A dry run has nothing to steer.
        case dryRun = "dry_run"
        /// The snapshot is gone: the request ended longer ago than the grace period.
        case forgotten
    }

    /// nil where the command makes sense.
    public static func refusal(_ state: SagaState, _ verb: Verb) -> Refused? {
        switch state {
        case .inProgress: inProgress(verb)
        case .onHold: onHold(verb)
        case .failed: failed(verb)
        case .completed, .completedWithExceptions: completed(verb)
        case .cancelled: .cancelled
        }
    }

    private static func inProgress(_ verb: Verb) -> Refused? {
        switch verb {
        case .replay, .replayAll, .cancel, .hold, .extend, .skip, .attest: nil
        case .release: .notOnHold
        }
    }

    private static func onHold(_ verb: Verb) -> Refused? {
        switch verb {
        case .replay, .replayAll, .cancel, .release, .extend, .skip, .attest: nil
        case .hold: .alreadyOnHold
        }
    }

    private static func failed(_ verb: Verb) -> Refused? {
        switch verb {
        case .replay, .replayAll, .cancel, .hold, .extend, .skip, .attest: nil
        case .release: .notOnHold
        }
    }

    private static func completed(_ verb: Verb) -> Refused? {
        switch verb {
        case .replayAll: nil
        case .replay: .nothingFailed
        case .cancel, .hold, .release, .extend, .skip, .attest: .ended
        }
    }
}

extension Command.Verb {
    /// The row of the table that this command asks for.
    public var rule: CommandRule.Verb {
        switch self {
        case .replay(_, let scope): scope == .all ? .replayAll : .replay
        case .cancel: .cancel
        case .hold: .hold
        case .release: .release
        case .extend: .extend
        case .skip: .skip
        case .attest: .attest
        }
    }
}
