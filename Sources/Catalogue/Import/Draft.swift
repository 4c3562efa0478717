internal import Crypto
import SagaKernel

/// An endpoint that an import has found and not yet named.
struct Candidate {
    /// Decides who keeps a name that two want: the hub's own, routing, Event Grid, logs.
    enum Rank: Int, Comparable {
        case hub, routing, eventGrid, logs, owner

        static func < (left: Rank, right: Rank) -> Bool { left.rawValue < right.rawValue }
    }

    var rank: Rank
    /// What the id is made of.
    var name: String
    /// Equal for two descriptions of the same place.
    var identity: String
    var endpoint: Endpoint
    var settings: [String: JSONValue] = [:]
    var notes: [String] = []

    init(_ rank: Rank, _ kind: EndpointKind, name: String, identity: String) {
        self.rank = rank
        self.name = name
        self.identity = "\(kind.rawValue)|\(identity.lowercased())"
        endpoint = PlannerTable.entry(for: kind).endpoint(id: "")
    }

    /// Hands the place to its owner, because nobody could call it.
    mutating func askOwner(_ why: String) {
        if endpoint.connector != Endpoint.attestationConnector {
            endpoint.connector = Endpoint.attestationConnector
            endpoint.awaitsOwner = true
            // An owner can export as well, also where the kind's own connector only waits.
            endpoint.actions = [.export, .erase]
            endpoint.worstCaseMs = max(PlannerTable.ownerMs, endpoint.worstCaseMs)
            // What is waited for is not known either.
            settings["retention"] = nil
        }
        notes.append(why)
    }

    /// Hands the place to its owner until somebody says where it is.
    mutating func askToComplete(_ why: String) {
        // Who removes `connector` falls back to the kind's own, which then must know what `askOwner` took away.
        let waits = endpoint.connector == PlannerTable.retentionConnector
        let more = waits ? ", settings.retention too, give `actions: [erase]`" : ""
        askOwner("\(why): complete the settings\(more) and remove `connector`.")
    }

    /// Compared part by part when candidates are sorted.
    var order: [String] {
        [String(rank.rawValue), identity, name, JSONValue.object(settings).canonicalText, endpoint.resourceID ?? ""]
    }

    /// Takes over what a second description of the same place adds.
    mutating func merge(_ other: Candidate) {
        endpoint.resourceID = endpoint.resourceID ?? other.endpoint.resourceID
        endpoint.settleMs = max(endpoint.settleMs, other.endpoint.settleMs)
        endpoint.worstCaseMs = max(endpoint.worstCaseMs, other.endpoint.worstCaseMs)
        if other.endpoint.awaitsOwner, !endpoint.awaitsOwner {
            endpoint.connector = other.endpoint.connector
            endpoint.awaitsOwner = true
            endpoint.actions = other.endpoint.actions
        }
        for name in JSONValue.sortedNames(other.settings) {
            guard let added = other.settings[name] else { continue }
            guard let held = settings[name] else {
                settings[name] = added
                continue
            }
            if let left = held.array, let right = added.array {
                settings[name] = .array(left + right.filter { !left.contains($0) })
            } else if name == "retention", let left = held.string.flatMap(ISODuration.parse),
                let right = added.string.flatMap(ISODuration.parse), right > left
            {
                settings[name] = added
            }
        }
        for note in other.notes where !notes.contains(note) { notes.append(note) }
    }
}

/// Gathers what the parts of an import find.
final class Draft {
    private var candidates: [Candidate] = []
    private(set) var faults: [ARMNotice] = []
    private(set) var warnings: [ARMNotice] = []

    func fault(_ document: String, _ path: String, _ message: String) {
        let notice = ARMNotice(document: document, path: path, message: message)
        if !faults.contains(notice) { faults.append(notice) }
    }

    func warn(_ document: String, _ path: String, _ message: String) {
        let notice = ARMNotice(document: document, path: path, message: message)
        if !warnings.contains(notice) { warnings.append(notice) }
    }

    func warn(_ body: ARMBody, _ message: String) {
        warn(body.document, body.path, message)
    }

    func add(_ candidate: Candidate) {
        candidates.append(candidate)
    }

    /// Each place once. Sorted first, so that neither ids nor settings depend on the order of the documents.
    private func places() -> [Candidate] {
        var places: [Candidate] = []
        for candidate in candidates.sorted(by: { $0.order.lexicographicallyPrecedes($1.order) }) {
            if let last = places.last, last.rank == candidate.rank, last.identity == candidate.identity {
                places[places.count - 1].merge(candidate)
            } else {
                places.append(candidate)
            }
        }
        return places
    }

    /// Endpoints with their ids, in the order of a file: by stage, kind and id. Which endpoint keeps a name that
    /// several want does not depend on the order of the documents, so that a second import gives the same ids.
    func endpoints(idPrefix: String) -> [Candidate] {
        var taken: Set<String> = []
        var named: [Candidate] = []
        for place in places() {
            var endpoint = place
            endpoint.endpoint.id = EndpointID.make(
                idPrefix + place.name, identity: place.identity, taken: &taken)
            endpoint.endpoint.settingsJSON = JSONValue.object(place.settings).withoutMarks.canonicalText
            if let kind = EndpointKind(rawValue: place.endpoint.kind) {
                PlannerTable.entry(for: kind).fillRetention(of: &endpoint.endpoint)
            }
            named.append(endpoint)
        }
        return named.sorted { left, right in
            (left.endpoint.stage, left.rank.rawValue, left.endpoint.id) < (
                right.endpoint.stage, right.rank.rawValue, right.endpoint.id
            )
        }
    }

    func notes(_ endpoints: [Candidate]) -> [String: [String]] {
        Dictionary(
            endpoints.filter { !$0.notes.isEmpty }.map { ($0.endpoint.id, $0.notes) }, uniquingKeysWith: { $0 + $1 })
    }
}

/// Ids made of names that were given for other purposes.
enum EndpointID {
    static let longest = 64

    /// A free id: the name in lower case with every other character a hyphen. A name that is taken, or too long, gets
    /// six hexadecimal digits that stand for the place itself.
    static func make(_ name: String, identity: String, taken: inout Set<String>) -> String {
        let plain = clean(name)
        if plain.count <= longest, taken.insert(plain).inserted { return plain }
        let digits = digest(identity)
        for length in stride(from: 6, through: digits.count, by: 2) {
            let suffix = "-" + digits.prefix(length)
            var stem = plain.prefix(longest - suffix.count)
            while stem.last == "-" || stem.last == "." { stem.removeLast() }
            let id = stem + suffix
            if taken.insert(String(id)).inserted { return String(id) }
        }
        // Only a second candidate with the same identity comes here, and the draft has merged those.
        return plain
    }

    static func clean(_ name: String) -> String {
        var text = ""
        for byte in name.lowercased().utf8 {
            let isKept = (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2E
            if isKept { text.append(Character(Unicode.Scalar(byte))) } else if text.last != "-" { text.append("-") }
        }
        let trimmed = text.drop { $0 == "-" || $0 == "." }.reversed().drop { $0 == "-" || $0 == "." }.reversed()
        return trimmed.isEmpty ? "endpoint" : String(trimmed)
    }

    private static func digest(_ identity: String) -> String {
        SHA256.hash(data: Array(identity.utf8)).map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }
}
