import Catalogue
import SagaKernel

/// Files that an operator brings: the catalogue, and what Azure says of a hub.
enum CatalogueReaders {
    static func all() throws -> [FuzzReader] { [try catalogue(), try documents()] }

    static func catalogue() throws -> FuzzReader {
        let files = ["config/catalogue.example.yaml", "config/catalogue.local.yaml"]
        var seeds = try files.map { Wire(bytes: try Corpus.file($0)) }
        let written = try seeds.compactMap { seed in
            try CatalogueFile.read(bytes: seed.value ?? []).catalogue.map {
                Corpus.wire(try CatalogueWriter().write($0))
            }
        }
        seeds += written + [Corpus.wire(small)]
        // The small one most: what is long takes long, and says the same.
        let right = [seeds[1]] + Array(repeating: Corpus.wire(small), count: 6)
        let mutator = Mutator(form: .yaml, seeds: seeds, right: right)
        return FuzzReader("catalogue", share: 1, mutator: mutator) { input, verdict in
            let bytes = input.value ?? []
            let reading = CatalogueFile.read(bytes: bytes)
            verdict.isAccepted = reading.catalogue != nil
            verdict.expect((reading.catalogue == nil) == !reading.faults.isEmpty, "neither a catalogue nor a fault")
            let lines = bytes.count { $0 == 0x0A || $0 == 0x0D } + 2 * bytes.count { $0 == 0x85 || $0 == 0xA8 } + 2
            verdict.expect(
                reading.faults.allSatisfy { $0.line >= 1 && $0.line <= lines && $0.column >= 1 },
                "a fault at a place that is not there")
            // Names of kinds and systems are told to whoever misspelt them; settings may hold a secret.
            for fault in reading.faults where fault.path.contains("settings") && !CanaryAsName.mayBe(in: bytes) {
                verdict.tells(fault.message)
            }
            guard let catalogue = reading.catalogue else { return }
            verdict.expect(isSame(catalogue), "it means something else when it is written again")
        }
    }

    private static func isSame(_ catalogue: Catalogue) -> Bool {
        do throws(CatalogueWriterFailure) {
            return CatalogueFile.read(try CatalogueWriter().write(catalogue)).catalogue == catalogue
        } catch {
            return false
        }
    }

    private static let small = """
        hubs:
          - host: contoso.azure-devices.net
            resource_id: /subscriptions/0000/resourceGroups/iot/providers/Microsoft.Devices/IotHubs/contoso
            endpoints:
              - id: registry
                kind: iot_hub_registry
                settle: PT0S
                backoff: { initial: PT30S, maximum: PT6H }
                reverify: [P1D, P2D]
                settings: { account: "a\\u00e9", tries: 3, ratio: 1.5e3, on: true, none: null, list: [1, [2]] }
              - { id: archive, kind: storage_container, stage: sinks, actions: [erase], settle: PT12M }
            disclosures: [device_update_telemetry]
        """

    private static let place = "/subscriptions/1/resourceGroups/rg/providers"
    private static let id = "\(place)/Microsoft.Devices/IotHubs/contoso"
    private static let list = #"{"value":[]}"#
    private static let hub = """
        {"id":"\(id)","type":"Microsoft.Devices/IotHubs","sku":{"name":"S1","capacity":1},
        "properties":{"hostName":"Contoso.azure-devices.net","storageEndpoints":{"$default":{
        "sasTtlAsIso8601":"PT2H","connectionString":"AccountName=up;AccountKey=k","containerName":"u"}},
        "routing":{"endpoints":{"storageContainers":[
        {"name":"a","id":"1","containerName":"telemetry",
        "connectionString":"AccountName=acc;AccountKey=k","encoding":"json"}],
        "eventHubs":[{"name":"e","entityPath":"h","endpointUri":"sb://x.example","subscriptionId":"1",
        "resourceGroup":"rg"}]},"routes":[{"name":"r",
        "source":"DeviceMessages","endpointNames":["a"],"isEnabled":true}],"fallbackRoute":{"isEnabled":true}}}}
        """
    private static let event = """
        {"value":[{"name":"s","properties":{"topic":"\(id)","destination":{"endpointType":"WebHook",
        "properties":{"endpointBaseUrl":"https://x.example/h"}},"filter":{"includedEventTypes":["a"]},
        "deadLetterDestination":{"endpointType":"StorageBlob","properties":{"blobContainerName":"d",
        "resourceId":"\(place)/Microsoft.Storage/storageAccounts/s"}}}},
        {"name":"q","properties":{"destination":{"endpointType":"StorageQueue","properties":{"queueName":"q",
        "queueMessageTimeToLiveInSeconds":60,"resourceId":"\(place)/Microsoft.Storage/storageAccounts/s"}}}}]}
        """
    private static let setting = """
        {"value":[{"id":"\(id)/providers/microsoft.insights/diagnosticSettings/d","name":"d",
        "properties":{"workspaceId":"/subscriptions/1/w",
        "storageAccountId":"\(place)/Microsoft.Storage/storageAccounts/s",
        "eventHubAuthorizationRuleId":"\(place)/Microsoft.EventHub/namespaces/n/authorizationRules/r",
        "eventHubName":"h","marketplacePartnerId":"\(place)/Microsoft.Datadog/monitors/m",
        "logs":[{"category":"Connections","enabled":true,"retentionPolicy":{"enabled":true,"days":30}}]}}]}
        """

    /// The header `document` says which of the three documents the input takes the place of.
    static func documents() throws -> FuzzReader {
        let names = ["hub", "event-subscriptions", "diagnostic-settings"]
        let originals = try names.map { try Corpus.file("config/examples/arm/\($0).json") }
        let others = [hub, list, list].map { Array($0.utf8) }
        // The examples are long; what is small says the same sooner.
        let small = zip(names, [hub, event, setting]).map { Wire($1, headers: [("document", $0)]) }
        let seeds = small + zip(names, originals).map { Wire(bytes: $1, headers: [("document", $0)]) }
        return FuzzReader("arm", share: 1, mutator: Mutator(form: .json, seeds: seeds, right: small)) {
            input, verdict in
            let given = input.header("document")
            let which = names.firstIndex { $0 == given } ?? 0
            let documents = others.enumerated().map { index, other in
                ARMImport.Document(name: names[index], bytes: index == which ? input.value ?? [] : other)
            }
            var limits = CatalogueLimits()
            // An import may be above a limit: what stands above it is for its owner to shorten.
            limits.endpointsPerHub = 1_000
            limits.settingsBytes = .max
            limits.fileBytes = .max
            let reading = ARMImport(limits: limits).read(
                hubs: [documents[0]], eventSubscriptions: [documents[1]], diagnosticSettings: [documents[2]])
            verdict.isAccepted = reading.draft != nil
            verdict.expect((reading.draft == nil) == !reading.faults.isEmpty, "neither a draft nor a fault")
            guard let draft = reading.draft else { return }
            do throws(CatalogueWriterFailure) {
                let back = CatalogueFile.read(try draft.yaml(), limits: limits)
                verdict.expect(back.catalogue == draft.catalogue, "the import cannot be read: \(back.faults)")
            } catch {
                verdict.faults.append("the import cannot be written: \(error)")
            }
        }
    }
}

/// Messages name keys, and never values: where the canary stands as a key, it may be named.
package enum CanaryAsName {
    package static func mayBe(in bytes: [UInt8]) -> Bool {
        let canary = Array(Hostile.canary.utf8)
        var rest = bytes[...]
        while let place = rest.firstRange(of: canary) {
            rest = rest[place.upperBound...]
            let line = rest.prefix { $0 != 0x0A && $0 != UInt8(ascii: ",") }
            if line.contains(UInt8(ascii: ":")) || bytes[..<place.lowerBound].last == UInt8(ascii: "?") { return true }
        }
        return bytes.contains(UInt8(ascii: "?"))
    }
}
