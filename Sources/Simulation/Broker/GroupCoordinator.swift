/// The coordinators' group, with static members and eager rebalances.
///
/// Facts of Kafka that are kept: a member that is not heard of within the session timeout is expelled; a rebalance
/// takes everything from everybody, waits for all to join again, and drops those that do not in time; a process with
/// the instance name of another replaces it at once, without a rebalance, and the other one is fenced; offsets are
/// accepted from the present generation only.
final class GroupCoordinator {
    enum Standing: Equatable {
        case ok
        case rebalancing
        /// Expelled, or of an earlier generation.
        case unknown
        /// Another process has this instance name.
        case fenced
    }

    private struct Member {
        var id: Int
        var hasJoined: Bool
        var partitions: [Int32]
        var lastHeardMs: Int64
        /// Whether its heartbeats arrive.
        var isHeard: () -> Bool
        /// Tells it that something has changed.
        var notify: () -> Void
    }

    private unowned let broker: SimulatedBroker
    private var members: [String: Member] = [:]
    private(set) var generation = 0
    private var isRebalancing = false
    private var nextID = 1
    private var isWatching = false

    init(_ broker: SimulatedBroker) { self.broker = broker }

    func join(_ instance: String, isHeard: @escaping () -> Bool, notify: @escaping () -> Void) -> Int {
        let id = nextID
        nextID += 1
        let isNew = members[instance] == nil
        let old = members[instance]
        members[instance] = Member(
            id: id, hasJoined: true, partitions: old?.partitions ?? [], lastHeardMs: broker.scheduler.nowMs,
            isHeard: isHeard, notify: notify)
        old?.notify()
        if isRebalancing {
            completeIfAllJoined()
        } else if isNew {
            rebalance(because: "\(instance) joins", joined: instance)
        }
        return id
    }

    func rejoin(_ instance: String, _ id: Int) -> Standing {
        guard let member = members[instance] else { return .unknown }
        guard member.id == id else { return .fenced }
        members[instance]?.hasJoined = true
        members[instance]?.lastHeardMs = broker.scheduler.nowMs
        if isRebalancing { completeIfAllJoined() }
        return .ok
    }

    /// Lets go of the members, who hold the whole run.
    func clear() { members = [:] }

    /// What a heartbeat is answered.
    func standing(_ instance: String, _ id: Int, generation: Int) -> Standing {
        guard let member = members[instance] else { return .unknown }
        guard member.id == id else { return .fenced }
        members[instance]?.lastHeardMs = broker.scheduler.nowMs
        if isRebalancing { return .rebalancing }
        return generation == self.generation ? .ok : .unknown
    }

    /// Whether a commit of this member counts: also while a rebalance is being prepared.
    func accepts(_ instance: String, _ id: Int, generation: Int) -> Standing {
        guard let member = members[instance] else { return .unknown }
        guard member.id == id else { return .fenced }
        return generation == self.generation ? .ok : .unknown
    }

    /// What a member that has joined was given; nil: the rebalance goes on.
    func assignment(_ instance: String, _ id: Int) -> (generation: Int, partitions: [Int32])? {
        guard !isRebalancing, let member = members[instance], member.id == id else { return nil }
        return (generation, member.partitions)
    }

    /// Somebody may have fallen silent: looks after the members until all are heard again.
    func watch() {
        guard !isWatching else { return }
        isWatching = true
        // Until now all of them were heard.
        for instance in members.keys { members[instance]?.lastHeardMs = broker.scheduler.nowMs }
        look()
    }

    private func look() {
        let nowMs = broker.scheduler.nowMs
        var anySilent = false
        for (instance, member) in members.sorted(by: { $0.key < $1.key }) {
            // A broker that was away has heard nobody, and gives everybody a whole session.
            if member.isHeard() || !broker.world.isBrokerUp {
                members[instance]?.lastHeardMs = nowMs
                if !broker.world.isBrokerUp { anySilent = true }
            } else {
                anySilent = true
                if nowMs - member.lastHeardMs > broker.settings.sessionTimeoutMs { expel(instance) }
            }
        }
        guard anySilent else {
            isWatching = false
            return
        }
        broker.scheduler.after(max(1, broker.settings.sessionTimeoutMs / 4)) { [self] in look() }
    }

    private func expel(_ instance: String) {
        let member = members.removeValue(forKey: instance)
        member?.notify()
        rebalance(because: "\(instance) was not heard of", joined: nil)
    }

    private func rebalance(because reason: String, joined: String?) {
        broker.world.note("group", "rebalance: \(reason)")
        guard !isRebalancing else { return completeIfAllJoined() }
        isRebalancing = true
        for instance in members.keys { members[instance]?.hasJoined = instance == joined }
        let prepared = generation
        broker.scheduler.after(broker.settings.rebalanceTimeoutMs) { [self] in
            guard isRebalancing, generation == prepared else { return }
            complete()
        }
        for member in members.sorted(by: { $0.key < $1.key }) { member.value.notify() }
        completeIfAllJoined()
    }

    private func completeIfAllJoined() {
        if members.values.allSatisfy(\.hasJoined) { complete() }
    }

    /// `range`: every member a run of neighbouring partitions, the first ones one more where it does not come out even.
    private func complete() {
        for (instance, member) in members.sorted(by: { $0.key < $1.key }) where !member.hasJoined {
            broker.world.note("group", "\(instance) did not join in time")
            members.removeValue(forKey: instance)?.notify()
        }
        isRebalancing = false
        generation += 1
        let instances = members.keys.sorted()
        var next: Int32 = 0
        for (index, instance) in instances.enumerated() {
            let share = (broker.settings.partitions + Int32(instances.count - 1 - index)) / Int32(instances.count)
            members[instance]?.partitions = Array(next..<next + share)
            next += share
        }
        let shares = instances.map { "\($0) \(members[$0]?.partitions ?? [])" }.joined(separator: ", ")
        broker.world.note("group", "generation \(generation): \(shares)")
        for instance in instances { members[instance]?.notify() }
    }
}
