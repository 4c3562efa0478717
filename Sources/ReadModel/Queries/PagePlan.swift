import Contract
import Foundation
import SagaKernel

/// A question, checked, and the cheapest way to its answer.
struct PagePlan {
    /// What is walked; the other conditions are checked on the way.
    enum Driver: Equatable {
        /// The index of each state, in the order of the answer.
        case states
        /// The requests that stand so with the endpoint, of which there are few: all of them, sorted afterwards.
        case endpoint
        /// The requests of one subject, sorted afterwards.
        case subject
    }

    struct EndpointCondition: Equatable {
        var endpoint: Int32
        var standings: [EndpointStanding]
    }

    var states: [StatusState]
    var endpoint: EndpointCondition?
    /// 32 bytes.
    var ref: Data?
    /// Inclusive.
    var dueUntilMs: Int64
    var after: PageCursor
    var limit: Int
    var driver: Driver
    /// A condition that nothing can meet: an endpoint or a reference that was never seen.
    var isEmpty = false

    /// Below this many tasks, walking those of the endpoint beats walking all requests.
    private static let fewTasks = 20_000

    init(
        _ query: StatusQuery, settings: ReadModelSettings, tally: Tally, endpoints: [String: Int32]
    ) throws(ReadModelError) {
        guard (1...settings.pageRequestsMax).contains(query.limit) else {
            throw .limitOutOfRange(maximum: settings.pageRequestsMax)
        }
        limit = query.limit
        after = .start
        if let text = query.cursor {
            guard let cursor = PageCursor(text: text, query: query) else { throw .invalidCursor }
            after = cursor
        }
        let state = try Self.state(query)
        states = Self.states(state, query)
        dueUntilMs = query.dueBeforeMs.map { $0 == .min ? $0 : $0 - 1 } ?? .max
        driver = .states
        if let name = query.endpoint {
            let condition = EndpointCondition(
                endpoint: endpoints[name] ?? -1, standings: Self.standings(state))
            endpoint = condition
            let tasks = condition.standings.reduce(0) { $0 + tally.tasks(at: condition.endpoint, standing: $1) }
            isEmpty = tasks == 0
            let requests = states.reduce(0) { $0 + tally.requests[$1.rawValue] }
            if tasks < Self.fewTasks || tasks < requests / 8 { driver = .endpoint }
        }
        if let text = query.subjectRef {
            ref = SubjectRefText.bytes(text.utf8).map { Data($0) }
            isEmpty = isEmpty || ref == nil
            driver = .subject
        }
    }

    private static func state(_ query: StatusQuery) throws(ReadModelError) -> StatusState? {
        guard let name = query.state else { return nil }
        guard let state = StatusState(name: name) else {
            throw .unknownState(known: StatusState.allCases.map(\.name))
        }
        return state
    }

    /// A state that is given stands. Otherwise questions about work to be done are about unfinished requests only.
    private static func states(_ state: StatusState?, _ query: StatusQuery) -> [StatusState] {
        if let state { return [state] }
        guard query.endpoint != nil || query.dueBeforeMs != nil else { return StatusState.allCases }
        return StatusState.allCases.filter(\.isUnfinished)
    }

    /// A failed request is asked for by what failed, an ended one by any task at all, everything else by what is still
    /// to be done.
    private static func standings(_ state: StatusState?) -> [EndpointStanding] {
        switch state {
        case nil, .inProgress, .onHold: [.unsettled]
        case .failed: [.failed]
        case .completed, .completedWithExceptions, .cancelled, .rejected: EndpointStanding.allCases
        }
    }
}
