import Catalogue
import SagaKernel
import Testing

@Suite struct PlanFingerprintTests {
    static let hub: Catalogue.Hub = {
        var archive = Endpoint(id: "archive", kind: "storage_container", connector: "blob-storage", stage: .sinks)
        archive.resourceID = "/subscriptions/0"
        archive.reverifyMs = [1, 2]
        archive.settingsJSON = #"{"account":"a"}"#
        let registry = Endpoint(id: "registry", kind: "iot_hub_registry", connector: "iot-hub", stage: .source)
        return Catalogue.Hub(
            host: "contoso.azure-devices.net", endpoints: [archive, registry],
            disclosures: [Disclosure(system: "b", reason: "r"), Disclosure(system: "a", reason: "r")])
    }()

    static func fingerprint(_ hub: Catalogue.Hub) -> Fingerprint? {
        Catalogue(hubs: [hub]).plan(host: hub.host)?.fingerprint
    }

    /// Running sagas refer to plans by this value: a change makes every one of them look outdated, so it is deliberate.
    @Test func `the encoding is the one that running sagas know`() throws {
        let value = try #require(Self.fingerprint(Self.hub))
        #expect(value == Fingerprint(high: 0xe42816c1d9d1e105, low: 0xd885037c4db6d7d1))
    }

    static let changes: [(String, @Sendable (inout Catalogue.Hub) -> Void)] = [
        ("host", { $0.host = "fabrikam.azure-devices.net" }),
        ("id", { $0.endpoints[0].id = "archive2" }),
        ("kind", { $0.endpoints[0].kind = "cosmos_db" }),
        ("connector", { $0.endpoints[0].connector = "other" }),
        ("resource id", { $0.endpoints[0].resourceID = "/subscriptions/1" }),
        ("resource id gone", { $0.endpoints[0].resourceID = nil }),
        ("resource id empty", { $0.endpoints[0].resourceID = "" }),
        ("stage", { $0.endpoints[0].stage = .logs }),
        ("actions", { $0.endpoints[0].actions = [.erase] }),
        ("settle", { $0.endpoints[0].settleMs += 1 }),
        ("acknowledgement timeout", { $0.endpoints[0].ackTimeoutMs += 1 }),
        ("worst case", { $0.endpoints[0].worstCaseMs += 1 }),
        ("attempts", { $0.endpoints[0].maxAttempts += 1 }),
        ("first backoff", { $0.endpoints[0].backoff.initialMs += 1 }),
        ("longest backoff", { $0.endpoints[0].backoff.maximumMs += 1 }),
        ("verifications", { $0.endpoints[0].reverifyMs = [12] }),
        ("settings", { $0.endpoints[0].settingsJSON = "{}" }),
        ("owner", { $0.endpoints[0].awaitsOwner = true }),
        ("one endpoint less", { $0.endpoints.removeLast() }),
        ("disclosure", { $0.disclosures[0].reason = "s" }),
        ("one disclosure less", { $0.disclosures.removeLast() }),
    ]

    @Test func `every field counts`() throws {
        var seen: [Fingerprint: String] = [:]
        seen[try #require(Self.fingerprint(Self.hub))] = "unchanged"
        for (name, change) in Self.changes {
            var hub = Self.hub
            change(&hub)
            let fingerprint = try #require(Self.fingerprint(hub))
            #expect(seen.updateValue(name, forKey: fingerprint) == nil, "\(name)")
        }
    }

    @Test func `the order of lines in the file does not count`() throws {
        var turned = Self.hub
        turned.endpoints.reverse()
        turned.disclosures.reverse()
        let plan = try #require(Catalogue(hubs: [Self.hub]).plan(host: Self.hub.host))
        let other = try #require(Catalogue(hubs: [turned]).plan(host: turned.host))
        let isSame = plan == other
        #expect(isSame)
        #expect(plan.endpoints.map(\.id) == ["registry", "archive"])
    }

    @Test func `the hub's own resource id does not make a plan outdated`() {
        var hub = Self.hub
        hub.resourceID = "/subscriptions/0000"
        #expect(Self.fingerprint(hub) == Self.fingerprint(Self.hub))
    }
}
