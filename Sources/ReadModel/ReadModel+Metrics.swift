public import Telemetry

extension ReadModel {
    /// Copies the counts into the metrics at every scrape. From memory: a scrape never waits for the database.
    public func report(to metrics: HabeasMetrics) {
        let shared = shared
        let gauges = metrics.readModel
        metrics.registry.onScrape {
            let state = shared.now
            gauges.requests.replace(
                StatusState.allCases.map { ([$0.name], Double(state.tally.requests[$0.rawValue])) })
            gauges.deadlines.replace(
                DeadlineStatus.allCases.compactMap { deadline in
                    deadline.name.map { ([$0], Double(state.tally.deadlines[deadline.rawValue])) }
                })
            var tasks: [(labels: [String], value: Double)] = []
            for (endpoint, number) in state.endpoints {
                guard let counts = state.tally.tasks[number] else { continue }
                for status in TaskStatus.allCases {
                    tasks.append(([endpoint, status.name], Double(counts[Int(status.rawValue)])))
                }
            }
            gauges.tasks.replace(tasks)
            gauges.statusAsOf.with().set(Double(state.newestMs ?? 0) / 1_000)
            for topic in ProjectedTopic.allCases {
                gauges.records.with(topic.name).set(total: Double(state.recordsTaken[topic] ?? 0))
                gauges.unreadable.with(topic.name).set(total: Double(state.recordsUnreadable[topic] ?? 0))
            }
        }
    }
}
