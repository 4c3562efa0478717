import SagaKernel
import Testing

@testable import Catalogue

@Suite struct SecretTests {
    private static let canary = "Zq7Canary9"

    /// Everything that an import says: the file, and what it tells about the documents.
    private static func output(_ reading: ARMReading) throws -> String {
        let notices = (reading.warnings + reading.faults).map(\.description).joined(separator: "\n")
        guard let draft = reading.draft else { return notices }
        return try draft.yaml() + notices
    }

    /// The names of ARM members whose values may stand in a catalogue. A name that is not in this list reaches no file:
    /// add one only after making sure that no version of the interface puts a secret into it.
    static let copied: Set<String> = [
        // Names of things.
        "id", "name", "hostName",
        "containerName", "databaseName", "partitionKeyName", "partitionKeyTemplate", "entityPath", "fileNameFormat",
        "encoding", "workspaceId", "eventStreamId", "sourceId", "namespaceResourceId", "path",
        // Addresses, of which only the host is kept.
        "endpoint", "endpointUri", "endpointBaseUrl", "connectionString",
        // Where an endpoint lies.
        "subscriptionId", "resourceGroup", "resourceId", "blobContainerName", "queueName", "actionGroups",
        "storageAccountId", "eventHubAuthorizationRuleId", "eventHubName", "marketplacePartnerId",
        // What feeds it.
        "endpointNames", "category", "categoryGroup", "endpointType", "key",
    ]

    @Test func `only values of the listed members reach the output`() throws {
        let names = ["hub.json", "event-subscriptions.json", "diagnostic-settings.json"]
        let values = try names.map { try JSONParser.parse(try Repository.document($0).bytes) }
        var members: Set<String> = []
        for value in values { Self.collect(value, into: &members) }
        #expect(members.count > 60)
        for member in members.sorted() {
            let changed = values.map { Self.marking(member, in: $0) }
            let documents = zip(names, changed).map { name, value in
                ARMImport.Document(name: name, bytes: Array(value.canonicalText.utf8))
            }
            let reading = ARMImport().read(
                hubs: [documents[0]], eventSubscriptions: [documents[1]], diagnosticSettings: [documents[2]])
            let output = try Self.output(reading).lowercased()
            if output.contains(Self.canary.lowercased()) { #expect(Self.copied.contains(member), "\(member)") }
        }
    }

    private static func collect(_ value: JSONValue, into members: inout Set<String>) {
        for (name, member) in value.object ?? [:] {
            if member.string != nil || member.array?.contains(where: { $0.string != nil }) == true {
                members.insert(name)
            }
            collect(member, into: &members)
        }
        for element in value.array ?? [] { collect(element, into: &members) }
    }

    /// The same document with the canary behind every text of this name.
    private static func marking(_ name: String, in value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements): return .array(elements.map { marking(name, in: $0) })
        case .object(let members):
            let changed = members.map { key, member -> (String, JSONValue) in
                guard key == name else { return (key, marking(name, in: member)) }
                if case .string(let text) = member { return (key, .string(text + canary)) }
                if case .array(let elements) = member {
                    return (
                        key, .array(elements.map { $0.string.map { .string($0 + canary) } ?? marking(name, in: $0) })
                    )
                }
                return (key, marking(name, in: member))
            }
            return .object(Dictionary(uniqueKeysWithValues: changed))
        case .null, .bool, .number, .string: return value
        }
    }

    static let endpoints: [String] = [
        #""connectionString": "Endpoint=sb://a.b.net/;SharedAccessKeyName=n;SharedAccessKey=CANARY;EntityPath=e""#,
        #""connectionString": "Endpoint=sb://a.b.net/;SharedAccessSignature=SharedAccessSignature sr=x&sig=CANARY""#,
        #""connectionString": "BlobEndpoint=https://a.blob.core.windows.net/?sig=CANARY;AccountName=a""#,
        #""connectionString": "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=CANARY;EndpointSuffix=b.net""#,
        #""connectionString": "AccountEndpoint=https://a.documents.azure.com:443/;AccountKey=CANARY;""#,
        #""connectionString": "CANARY""#,
        #""endpointUri": "https://a.blob.core.windows.net/?sv=1&sig=CANARY""#,
        #""endpointUri": "https://user:CANARY@a.blob.core.windows.net/""#,
        #""endpointUri": "https://CANARY.example:x@a.blob.core.windows.net/""#,
        #""endpointUri": "https://a.blob.core.windows.net/#CANARY""#,
        #""endpointUri": "https://a.blob.core.windows.net/CANARY""#,
        #""endpointUri": "https://a.documents.azure.com", "primaryKey": "CANARY", "secondaryKey": "CANARY""#,
        #""endpointUri": "https://a.b.net", "sasToken": "CANARY", "secret": { "value": "CANARY" }"#,
    ]

    @Test(arguments: endpoints) func `no secret of a routing endpoint is copied, whatever its type`(address: String)
        throws
    {
        for list in [
            "serviceBusQueues", "serviceBusTopics", "eventHubs", "storageContainers", "cosmosDBSqlContainers",
            "eventStreams",
            "somethingNew",
        ] {
            let text = ARMTexts.routing("\"\(list)\": [{ \"name\": \"place\", \(address) }]")
            let output = try Self.output(ARMTexts.read(hubs: [text]))
            #expect(output.contains("id: place"))
            #expect(!output.lowercased().contains("canary"))
        }
    }

    static let hooks: [String] = [
        #""endpointBaseUrl": "https://a.example/hook", "endpointUrl": "https://a.example/hook?code=CANARY""#,
        #""endpointBaseUrl": "https://a.example/hook?code=CANARY""#,
        #""endpointBaseUrl": "https://hooks.a.example/services/T0/B0/CANARY""#,
        #""endpointBaseUrl": "https://u:CANARY@a.example""#,
        #""endpointBaseUrl": "CANARY""#,
        """
        "endpointBaseUrl": "https://a.example", "deliveryAttributeMappings": [{ "name": "x", "type": "Static",
          "properties": { "value": "CANARY", "isSecret": true } }]
        """,
    ]

    @Test(arguments: hooks) func `no secret of a webhook is copied`(properties: String) throws {
        let destination = "{ \"endpointType\": \"WebHook\", \"properties\": { \(properties) } }"
        let reading = ARMTexts.read(events: [ARMTexts.list(ARMTexts.subscription("hook", destination))])
        let output = try Self.output(reading)
        #expect(output.contains("id: hook"))
        #expect(!output.lowercased().contains("canary"))
    }

    @Test func `no secret of file uploads is copied`() throws {
        let string = "AccountName=a;AccountKey=CANARY;EndpointSuffix=core.windows.net"
        let text = ARMTexts.hub(
            "\"storageEndpoints\": { \"$default\": { \"connectionString\": \"\(string)\", \"containerName\": \"c\" } }")
        let output = try Self.output(ARMTexts.read(hubs: [text]))
        #expect(output.contains("account: a") && !output.lowercased().contains("canary"))
    }
}
