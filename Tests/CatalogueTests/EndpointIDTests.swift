import SagaKernel
import TestSeed
import Testing

@testable import Catalogue

@Suite struct EndpointIDTests {
    static let names: [(String, String)] = [
        ("telemetry-archive", "telemetry-archive"), ("Telemetry Archive", "telemetry-archive"), ("a__b", "a-b"),
        ("--a.b--", "a.b"), ("..", "endpoint"), ("", "endpoint"), ("Größe", "gr-e"), ("漢字", "endpoint"),
        ("a/b\\c", "a-b-c"),
    ]

    @Test(arguments: names) func `an id is made of what may stand in one`(name: String, id: String) {
        var taken: Set<String> = []
        #expect(EndpointID.make(name, identity: "x", taken: &taken) == id)
    }

    @Test func `whatever the name, the id is valid and free`() {
        var choices = SeededRandom(seed: Seed.announced(for: "ids"))
        var taken: Set<String> = []
        for number in 0..<2_000 {
            let name = String(repeating: RandomCatalogue.text(&choices), count: Int.random(in: 1...20, using: &choices))
            let before = taken
            let id = EndpointID.make(name, identity: "\(number)", taken: &taken)
            #expect(Names.isEndpointID(id) && !before.contains(id))
        }
        #expect(taken.count == 2_000)
    }

    @Test func `of two endpoints with one name, the same one keeps it whatever the order`() throws {
        func entry(_ name: String, _ host: String) -> String {
            "{ \"name\": \"\(name)\", \"endpointUri\": \"sb://\(host).servicebus.windows.net\" }"
        }
        let left = ARMTexts.routing(
            "\"eventHubs\": [\(entry("a b", "x")), \(entry("a-b", "y")), \(entry("Registry", "z"))]")
        let right = ARMTexts.routing(
            "\"eventHubs\": [\(entry("a-b", "y")), \(entry("Registry", "z")), \(entry("a b", "x"))]")
        let ids = ARMTexts.read(hubs: [left]).endpoints.map(\.id)
        #expect(ids == ARMTexts.read(hubs: [right]).endpoints.map(\.id))
        #expect(Set(ids).count == ids.count)
        #expect(ids.contains("registry") && ids.count { $0.hasPrefix("registry-") } == 1)
        #expect(ids.contains("a-b") && ids.count { $0.hasPrefix("a-b-") } == 1)
    }

    @Test func `a prefix keeps the hubs of one file apart`() throws {
        let document = ARMImport.Document(name: "hub", bytes: Array(ARMTexts.hub().utf8))
        let reading = ARMImport(idPrefix: "west.").read(hubs: [document])
        #expect(reading.endpoints.map(\.id) == ["west.registry", "west.builtin", "west.former-endpoints"])
        let draft = try #require(reading.draft)
        let isSame = CatalogueFile.read(try draft.yaml()).catalogue == draft.catalogue
        #expect(isSame)
    }

    @Test func `a long name is cut and stays apart from its neighbours`() throws {
        let name = String(repeating: "a", count: 80)
        let entries = ["1", "2"].map { "{ \"name\": \"\(name)\($0)\", \"endpointUri\": \"sb://x.y.net\" }" }
        let reading = ARMTexts.read(hubs: [ARMTexts.routing("\"eventHubs\": [\(entries.joined(separator: ","))]")])
        let long = reading.endpoints.map(\.id).filter { $0.hasPrefix("aaa") }
        #expect(long.count == 2 && long.allSatisfy { $0.count == 64 })
    }
}
