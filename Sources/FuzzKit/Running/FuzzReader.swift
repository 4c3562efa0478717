/// What a reader made of an input.
package struct FuzzVerdict: Sendable {
    /// It took the input, or most of what can be taken of it.
    package var isAccepted = false
    /// What must not be, in words.
    package var faults: [String] = []

    package init() {}

    package mutating func expect(_ holds: Bool, _ fault: @autoclosure () -> String) {
        if !holds { faults.append(fault()) }
    }

    /// A text that people or other systems will see: it may not give away what identifies a subject.
    package mutating func tells(_ text: String) {
        if Hostile.givesAway(text) { faults.append("a message with a value of the input: \(text.prefix(200))") }
    }
}

/// Something of ours that reads what others wrote, and what must hold whatever that is.
package struct FuzzReader {
    package typealias Check = (_ input: Wire, _ verdict: inout FuzzVerdict) -> Void

    package var name: String
    /// Its part of the inputs of a run, in proportion to the others'.
    package var share: Int
    package var mutator: Mutator
    /// May be called from one thread at a time.
    package var check: Check

    package init(_ name: String, share: Int, mutator: Mutator, check: @escaping Check) {
        self.name = name
        self.share = share
        self.mutator = mutator
        self.check = check
    }

    package func verdict(on input: Wire) -> FuzzVerdict {
        var verdict = FuzzVerdict()
        check(input, &verdict)
        return verdict
    }
}
