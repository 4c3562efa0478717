/// Numbers that are asked for at every scrape and every summary: kept beside the rows, never counted anew.
struct Tally: Equatable, Sendable {
    /// By the raw value of `StatusState`.
    var requests = [Int](repeating: 0, count: StatusState.allCases.count)
    /// By the raw value of `DeadlineStatus`.
    var deadlines = [Int](repeating: 0, count: DeadlineStatus.allCases.count)
    /// By endpoint number, then by the raw value of `TaskStatus`.
    var tasks: [Int32: [Int]] = [:]

    mutating func count(_ state: StatusState, by amount: Int) {
        requests[state.rawValue] += amount
    }

    mutating func count(_ deadline: DeadlineStatus, by amount: Int) {
        deadlines[deadline.rawValue] += amount
    }

    mutating func count(_ list: TaskList, by amount: Int) {
        for entry in list.entries {
            tasks[entry.endpoint, default: Self.noTasks][Int(entry.state.rawValue)] += amount
        }
    }

    mutating func add(_ other: Tally) {
        for index in requests.indices { requests[index] += other.requests[index] }
        for index in deadlines.indices { deadlines[index] += other.deadlines[index] }
        for (endpoint, counts) in other.tasks {
            var sum = tasks[endpoint] ?? Self.noTasks
            for index in sum.indices { sum[index] += counts[index] }
            tasks[endpoint] = sum.allSatisfy { $0 == 0 } ? nil : sum
        }
    }

    static let noTasks = [Int](repeating: 0, count: TaskStatus.allCases.count)

    /// Tasks at an endpoint that are not settled, failed or settled: an upper bound of the requests that stand so.
    func tasks(at endpoint: Int32, standing: EndpointStanding) -> Int {
        let counts = tasks[endpoint] ?? Self.noTasks
        return TaskStatus.allCases.reduce(0) { $0 + ($1.standing == standing ? counts[Int($1.rawValue)] : 0) }
    }
}
