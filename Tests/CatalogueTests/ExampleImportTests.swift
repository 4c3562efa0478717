import Catalogue
import Foundation
import SagaKernel
import Testing

/// Serialised, because the first test may rewrite the file that the others read.
@Suite(.serialized) struct ExampleImportTests {
    static let golden = "config/catalogue.example.yaml"

    /// `HABEAS_UPDATE_GOLDEN=1` writes the file anew instead of comparing; look at the difference before you commit it.
    @Test func `the example documents import to the example catalogue, byte for byte`() throws {
        let reading = try Repository.exampleImport()
        let yaml = try #require(reading.draft, "\(reading.faults)").yaml()
        if Environment.text("HABEAS_UPDATE_GOLDEN") == "1" {
            try Data(yaml.utf8).write(to: Repository.root.appendingPathComponent(Self.golden))
            print(reading.warnings.map(\.description).joined(separator: "\n"))
        }
        let isSame = try Repository.text(Self.golden) == yaml
        #expect(isSame, "the import changed; HABEAS_UPDATE_GOLDEN=1 writes the example anew")
    }

    @Test func `the example catalogue reads back as what was imported`() throws {
        let draft = try #require(try Repository.exampleImport().draft)
        let reading = CatalogueFile.read(try Repository.text(Self.golden))
        let isSame = reading.catalogue == draft.catalogue
        #expect(isSame, "\(reading.report)")
        #expect(reading.warnings.isEmpty, "\(reading.warnings)")
    }

    @Test func `the example holds every kind that the three documents can show`() throws {
        let draft = try #require(try Repository.exampleImport().draft)
        let found = Set(draft.catalogue.hubs[0].endpoints.map(\.kind))
        let notShown: Set<EndpointKind> = [
            // Behind the hub or beside it, in documents of their own.
            .dpsEnrollment, .eventHubCapture, .desktopAnalytics, .directory,
            // Only for what is not known.
            .other,
        ]
        for kind in EndpointKind.allCases where !notShown.contains(kind) {
            #expect(found.contains(kind.rawValue), "\(kind.rawValue)")
        }
    }

    @Test func `the order of documents and of their entries changes nothing`() throws {
        let draft = try #require(try Repository.exampleImport().draft)
        let lists = ["event-subscriptions.json", "diagnostic-settings.json"]
        let turned = try lists.map { name in
            let value = try JSONSerialization.jsonObject(with: Data(try Repository.document(name).bytes))
            let list = try #require((value as? [String: Any])?["value"] as? [Any])
            let body = try JSONSerialization.data(withJSONObject: ["value": Array(list.reversed())])
            return ARMImport.Document(name: name, bytes: Array(body))
        }
        let again = ARMImport().read(
            hubs: [try Repository.document("hub.json")], eventSubscriptions: [turned[0]],
            diagnosticSettings: [turned[1]])
        let isSame = try again.draft?.yaml() == draft.yaml()
        #expect(isSame)
    }
}
