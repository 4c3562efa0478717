import Contract
import SagaKernel

/// The hub plans of a partition, and how many of its sagas refer to each.
struct PlanUses {
    struct Use {
        var plan: HubPlan
        /// Sagas that refer to it.
        var sagas = 0
        /// It stands in the log.
        var isDurable = false
    }

    private var uses: [Fingerprint: Use] = [:]
    /// The plan that was counted last, and where it lies: most sagas of a partition refer to the same one. Whatever
    /// adds or removes a plan forgets it.
    private var lastCounted: (fingerprint: Fingerprint, place: [Fingerprint: Use].Index)?

    subscript(fingerprint: Fingerprint) -> Use? { uses[fingerprint] }

    /// Plans that sagas refer to and that no record brought: the log is not whole.
    var missing: Int { uses.values.count { $0.sagas > 0 && !$0.isDurable } }

    mutating func hold(_ plan: HubPlan) {
        var use = uses[plan.fingerprint] ?? Use(plan: plan)
        use.plan = plan
        use.isDurable = true
        uses[plan.fingerprint] = use
        lastCounted = nil
    }

    /// Forgets a plan. One that sagas refer to is not forgotten, but missing from then on.
    mutating func drop(_ fingerprint: Fingerprint) {
        guard let use = uses[fingerprint] else { return }
        lastCounted = nil
        if use.sagas > 0 { uses[fingerprint]?.isDurable = false } else { uses[fingerprint] = nil }
    }

    /// Counts that a saga refers to these plans, and no longer to those.
    mutating func change(from old: PlanReferences?, to new: PlanReferences?) {
        guard old != new else { return }
        if let new { count(new, by: 1) }
        if let old { count(old, by: -1) }
    }

    /// Whether sagas refer to a plan that is not among `current`.
    func isAnyUsed(besides current: Set<Fingerprint>) -> Bool {
        uses.contains { $0.value.sagas > 0 && !current.contains($0.key) }
    }

    /// Plans that stand in the log and are neither referred to nor among `current`.
    func unused(besides current: Set<Fingerprint>) -> [Fingerprint] {
        uses.filter { fingerprint, use in
            let isUsed = use.sagas > 0 && !Mutant.dropsPlansInUse.isOn
            return use.isDurable && !isUsed && !current.contains(fingerprint)
        }.map(\.key).sorted { ($0.high, $0.low) < ($1.high, $1.low) }
    }

    private mutating func count(_ fingerprints: PlanReferences, by change: Int) {
        for fingerprint in fingerprints {
            if let last = lastCounted, last.fingerprint == fingerprint {
                uses.values[last.place].sagas += change
            } else if let place = uses.index(forKey: fingerprint) {
                uses.values[place].sagas += change
                lastCounted = (fingerprint, place)
            } else {
                let unknown = HubPlan(host: "", fingerprint: fingerprint, endpoints: [])
                uses[fingerprint] = Use(plan: unknown, sagas: change)
                lastCounted = nil
            }
        }
    }
}
