/// How the topics of a broker differ from what they must be.
struct TopicComparison: Sendable {
    struct Difference: Hashable, Sendable {
        var topic: String
        var property: String
        var expected: String
        var actual: String
        var why: String
    }

    private(set) var differences: [Difference] = []
    /// Topics that do not exist.
    private(set) var missing: [String] = []
    /// Topics of which the broker does not tell all that there is a rule about.
    private(set) var untold: [String] = []

    /// What was not seen is not sound: nobody knows.
    var isSound: Bool { differences.isEmpty && missing.isEmpty && untold.isEmpty }

    /// - Parameters:
    ///   - partitions: what all co-partitioned topics must have; nil: what the first of them has.
    ///   - replication: the least; nil: any.
    init(plan: TopicPlan, facts: [String: TopicFacts], partitions: Int?, replication: Int?) {
        let first = plan.topics.lazy.filter(\.isCoPartitioned).compactMap { facts[$0.name]?.partitions }.first
        let expected = partitions ?? first
        for topic in plan.topics {
            guard let fact = facts[topic.name] else {
                missing.append(topic.name)
                continue
            }
            compare(topic, fact, partitions: expected, replication: replication)
        }
    }

    private mutating func compare(_ topic: TopicPlan.Topic, _ fact: TopicFacts, partitions: Int?, replication: Int?) {
        if topic.isCoPartitioned, let partitions, fact.partitions != partitions {
            add(
                topic.name, "partitions", String(partitions), String(fact.partitions),
                "a request's records lie in the same partition of all topics")
        }
        if let replication, fact.replication < replication {
            add(
                topic.name, "replication", "at least \(replication)", String(fact.replication),
                "a lost broker must not lose records")
        }
        guard let properties = fact.properties else {
            untold.append(topic.name)
            return
        }
        for rule in topic.rules {
            guard let actual = properties[rule.property] else {
                if untold.last != topic.name { untold.append(topic.name) }
                continue
            }
            if !rule.accepts(actual) {
                add(topic.name, rule.property, rule.expectation, rule.text(actual), rule.why)
            }
        }
    }

    private mutating func add(_ topic: String, _ property: String, _ expected: String, _ actual: String, _ why: String)
    {
        differences.append(
            Difference(topic: topic, property: property, expected: expected, actual: actual, why: why))
    }

    func lines(width: Int?, colours: Bool) -> [String] {
        var table = Table([
            .init(title: "TOPIC"), .init(title: "PROPERTY"), .init(title: "MUST BE"), .init(title: "IS"),
            .init(title: "WHY", minimum: 12, dispensable: 1),
        ])
        for name in missing { table.append([Styled(name), "", "there", Styled("missing", .bad)]) }
        for difference in differences {
            table.append([
                Styled(difference.topic), Styled(difference.property), Styled(difference.expected),
                Styled(difference.actual, .bad), Styled(difference.why, .faint),
            ])
        }
        return table.lines(width: width, colours: colours)
    }
}
