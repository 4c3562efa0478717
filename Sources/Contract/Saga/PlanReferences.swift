public import SagaKernel

/// The hub plans that a saga refers to, in its own order.
///
/// Nearly every saga has one hub: one reference lies in place, and only further ones are an array of their own. A
/// restore reads a million of these.
public struct PlanReferences: Hashable, Sendable {
    private var first: Fingerprint?
    private var others: [Fingerprint] = []

    public init() {}

    /// Not of any sequence: from another module that is made out at run time, for each saga of a turn anew.
    public init(of plans: [HubPlan]) {
        for index in plans.indices { append(plans[index].fingerprint) }
    }

    public mutating func append(_ fingerprint: Fingerprint) {
        if first == nil { first = fingerprint } else { others.append(fingerprint) }
    }
}

extension PlanReferences: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { first == nil ? 0 : 1 + others.count }

    public subscript(position: Int) -> Fingerprint {
        guard position == 0, let first else { return others[position - 1] }
        return first
    }
}

extension PlanReferences: ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: Fingerprint...) {
        for fingerprint in elements { append(fingerprint) }
    }
}
