import Catalogue
import SagaKernel
import Testing

/// Small ARM documents for tests, with just the members that a test is about.
enum ARMTexts {
    static let hubID = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Devices/IotHubs/contoso"

    static func hub(_ properties: String = "") -> String {
        """
        { "id": "\(hubID)", "type": "Microsoft.Devices/IotHubs", "sku": { "name": "S1", "capacity": 1 },
          "properties": { "hostName": "Contoso.azure-devices.net"\(properties.isEmpty ? "" : ", " + properties) } }
        """
    }

    static func routing(_ lists: String, routes: String = "[]") -> String {
        hub("\"routing\": { \"endpoints\": { \(lists) }, \"routes\": \(routes) }")
    }

    static func subscription(
        _ name: String, _ destination: String, topic: String = hubID, extra: String = ""
    ) -> String {
        """
        { "name": "\(name)", "properties": { "topic": "\(topic)", "destination": \(destination)\
        \(extra.isEmpty ? "" : ", " + extra) } }
        """
    }

    static func setting(_ name: String, _ properties: String) -> String {
        """
        { "id": "\(hubID)/providers/microsoft.insights/diagnosticSettings/\(name)", "name": "\(name)",
          "properties": { \(properties) } }
        """
    }

    static func list(_ values: String..., next: String? = nil) -> String {
        let link = next.map { ", \"nextLink\": \"\($0)\"" } ?? ""
        return "{ \"value\": [\(values.joined(separator: ", "))]\(link) }"
    }

    static func read(hubs: [String] = [hub()], events: [String] = [], logs: [String] = []) -> ARMReading {
        func documents(_ texts: [String], _ name: String) -> [ARMImport.Document] {
            texts.map { ARMImport.Document(name: name, bytes: Array($0.utf8)) }
        }
        return ARMImport().read(
            hubs: documents(hubs, "hub"), eventSubscriptions: documents(events, "events"),
            diagnosticSettings: documents(logs, "logs"))
    }
}

extension ARMReading {
    var endpoints: [Endpoint] { draft?.catalogue.hubs[0].endpoints ?? [] }

    func endpoint(_ id: String) throws -> Endpoint {
        try #require(endpoints.first { $0.id == id }, "\(endpoints.map(\.id)) \(faults)")
    }

    func warns(_ text: String) -> Bool {
        warnings.contains { $0.description.contains(text) }
    }
}
