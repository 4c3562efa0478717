/// Every reader of Habeas that a fuzzer can have in its own process. The configuration file's is in the executable
/// `habeas`, and is tried by its tests.
package enum FuzzReaders {
    /// - Throws: where the files of the repository that inputs begin with are not there.
    package static func all() throws -> [FuzzReader] {
        try RecordReaders.all() + SagaReaders.all() + CatalogueReaders.all() + ConnectorReaders.all()
            + StatusReaders.all()
    }

    package static func named(_ name: String) throws -> FuzzReader? {
        try (all() + PlantedReaders.all).first { $0.name == name }
    }

    /// Inputs for each reader, of `total` by their shares; one without a share gets a thousandth of the
    /// total, unless all are without.
    package static func portions(_ readers: [FuzzReader], total: Int) -> [(reader: FuzzReader, inputs: Int)] {
        let shares = readers.reduce(0) { $0 + $1.share }
        guard shares > 0 else { return readers.map { ($0, max(1, total / readers.count)) } }
        return readers.map { ($0, $0.share > 0 ? total * $0.share / shares : max(1, total / 1_000)) }
    }
}

/// Readers with a fault that somebody planted, so that tests can see that the fuzzer finds such things.
package enum PlantedReaders {
    private static let mutator = Mutator(
        form: .json, seeds: [Wire(#"{"name":"a","device":"contoso.azure-devices.net/d1","list":[1,2,3]}"#)])

    package static var all: [FuzzReader] { [twice, deaf, leak, slow, trap] }

    private static func tree(_ input: Wire) -> JSONTree? { try? JSONTree(bytes: input.value ?? []) }

    /// Means something else when a name stands twice.
    static var twice: FuzzReader {
        FuzzReader("planted-twice", share: 0, mutator: mutator) { input, verdict in
            guard let members = tree(input)?.members else { return }
            verdict.isAccepted = true
            verdict.expect(Set(members.map(\.name)).count == members.count, "it means something else")
        }
    }

    /// Takes what is no JSON.
    static var deaf: FuzzReader {
        FuzzReader("planted-deaf", share: 0, mutator: mutator) { input, verdict in
            let isJSON = input.value?.last == UInt8(ascii: "}")
            verdict.isAccepted = isJSON
            verdict.expect(isJSON == (tree(input)?.members != nil), "the parsers disagree")
        }
    }

    /// Repeats what it was given.
    static var leak: FuzzReader {
        FuzzReader("planted-leak", share: 0, mutator: mutator) { input, verdict in
            if let device = tree(input)?["device"]?.text { verdict.tells("no device \(device)") }
        }
    }

    /// Needs the square of what it is given.
    static var slow: FuzzReader {
        FuzzReader("planted-slow", share: 0, mutator: mutator) { input, verdict in
            guard let value = input.value, value.count > 4_000 else { return }
            var sum = 0
            for first in value.prefix(20_000) {
                for second in value.prefix(20_000) { sum &+= Int(first) &* Int(second) }
            }
            verdict.isAccepted = sum > 0
        }
    }

    /// Dies of a number that is larger than it expected.
    static var trap: FuzzReader {
        FuzzReader("planted-trap", share: 0, mutator: mutator) { input, verdict in
            for element in tree(input)?["list"]?.elements ?? [] {
                guard case .number(let text) = element, let number = Int64(text) else { continue }
                verdict.isAccepted = Int32(number) >= 0
            }
        }
    }
}
