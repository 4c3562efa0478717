import SagaKernel
import Testing

/// One way in which the public state of a request may change.
struct SagaEdge: CustomTestStringConvertible {
    let from: SagaState
    let to: SagaState
    let why: String

    var testDescription: String { "\(from.rawValue) to \(to.rawValue)" }

    /// Every change that the contract allows; each is walked below.
    static let all: [SagaEdge] = [
        SagaEdge(from: .inProgress, to: .onHold, why: "hold"),
        SagaEdge(from: .inProgress, to: .completed, why: "the last task succeeded"),
        SagaEdge(from: .inProgress, to: .completedWithExceptions, why: "nothing outstanding, some skipped"),
        SagaEdge(from: .inProgress, to: .failed, why: "nothing outstanding, some failed"),
        SagaEdge(from: .inProgress, to: .cancelled, why: "cancel"),
        SagaEdge(from: .onHold, to: .inProgress, why: "release"),
        SagaEdge(from: .onHold, to: .completed, why: "release, all succeeded meanwhile"),
        SagaEdge(from: .onHold, to: .completedWithExceptions, why: "release, all settled meanwhile"),
        SagaEdge(from: .onHold, to: .failed, why: "release, some failed meanwhile"),
        SagaEdge(from: .onHold, to: .cancelled, why: "cancel"),
        SagaEdge(from: .completed, to: .inProgress, why: "replay all"),
        SagaEdge(from: .completedWithExceptions, to: .inProgress, why: "replay all"),
        SagaEdge(from: .failed, to: .inProgress, why: "replay, or a late completion that others must follow"),
        SagaEdge(from: .failed, to: .onHold, why: "hold"),
        SagaEdge(from: .failed, to: .completed, why: "late completion, attest"),
        SagaEdge(from: .failed, to: .completedWithExceptions, why: "skip"),
        SagaEdge(from: .failed, to: .cancelled, why: "cancel"),
    ]
}

@Suite struct SagaEdgeTests {
    @Test(arguments: SagaEdge.all)
    func `a saga can take every edge of the diagram`(_ edge: SagaEdge) {
        var walk = Walk([.of("first", .source), .of("second", .source)])
        switch edge.from {
        case .inProgress: break
        case .onHold: walk.command(.hold)
        case .completed, .completedWithExceptions: Self.end(as: edge.from, &walk)
        case .failed: Self.end(as: .failed, &walk)
        case .cancelled: walk.command(.cancel)
        }
        #expect(walk.saga.state == edge.from)
        Self.move(to: edge.to, from: edge.from, &walk)
        #expect(walk.saga.state == edge.to)
        #expect(walk.toldLast.contains("state_changed:\(edge.to.rawValue)"))
        #expect((walk.saga.finished != nil) == edge.to.isEnded)
    }

    /// Settles both tasks so that the saga, if it is not on hold, ends in this state.
    private static func end(as state: SagaState, _ walk: inout Walk) {
        walk.complete("first/erase")
        switch state {
        case .completed: walk.complete("second/erase")
        case .completedWithExceptions: walk.skip("second/erase")
        case .failed: walk.fail("second/erase")
        case .inProgress, .onHold, .cancelled: break
        }
    }

    private static func move(to state: SagaState, from: SagaState, _ walk: inout Walk) {
        switch from {
        case .failed:
            switch state {
            case .inProgress: walk.replay()
            case .onHold: walk.command(.hold)
            case .completed: walk.complete("second/erase")
            case .completedWithExceptions: walk.skip("second/erase")
            case .failed, .cancelled: walk.command(.cancel)
            }
        case .completed, .completedWithExceptions: walk.replay(scope: .all)
        case .inProgress, .onHold, .cancelled:
            if state == .onHold { return walk.command(.hold) }
            if state == .cancelled { return walk.command(.cancel) }
            end(as: state, &walk)
            if from == .onHold { walk.command(.release) }
        }
    }
}
