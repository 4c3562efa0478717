import SagaKernel

extension RoutingImport {
    /// One routing endpoint and the ways to describe it.
    struct Place {
        let body: ARMBody
        let name: String
        let address: Address

        private func candidate(_ kind: EndpointKind) -> Candidate {
            Candidate(.routing, kind, name: name, identity: name)
        }

        private var entity: String? { body.text("entityPath") ?? address.entity }

        /// Whether the document says enough for a connector to find the place.
        var isComplete: Bool { address.account != nil }

        /// The ARM id of what the endpoint lies in, where the document names its subscription and group.
        private func resourceID(_ provider: String, _ rest: String?) -> String? {
            guard let subscription = body.text("subscriptionId"), let group = body.text("resourceGroup"), let rest
            else {
                return nil
            }
            let text = "/subscriptions/\(subscription)/resourceGroups/\(group)/providers/\(provider)/\(rest)"
            return Names.isResourceID(text) ? text : nil
        }

        private func fillNamespace(_ candidate: inout Candidate, entityKey: String) {
            if let account = address.account { candidate.settings["namespace"] = .string(account) }
            if let host = address.host { candidate.settings["host"] = .string(host) }
            if let entity { candidate.settings[entityKey] = .string(entity) }
        }

        func serviceBus(_ kind: EndpointKind, entityKey: String, segment: String) -> Candidate {
            var candidate = candidate(kind)
            fillNamespace(&candidate, entityKey: entityKey)
            if let account = address.account, let entity {
                candidate.endpoint.resourceID = resourceID(
                    "Microsoft.ServiceBus", "namespaces/\(account)/\(segment)/\(entity)")
            }
            candidate.notes.append(
                """
                The time to live of its messages is not shown. Where one is set: `connector: retention`, \
                `actions: [erase]`, settings.retention and worst_case. Dead letters never expire: give the \
                dead-letter queue a second endpoint with `connector: attestation`.
                """)
            if kind == .serviceBusTopic {
                candidate.notes.append("Every subscription of the topic keeps its own copy; list them in settings.")
            }
            return candidate
        }

        func eventHub() -> Candidate {
            var candidate = candidate(.eventHub)
            fillNamespace(&candidate, entityKey: "event_hub")
            if let account = address.account, let entity {
                candidate.endpoint.resourceID = resourceID(
                    "Microsoft.EventHub", "namespaces/\(account)/eventhubs/\(entity)")
            }
            EventHubNotes.add(&candidate)
            return candidate
        }

        func storage() -> Candidate {
            var candidate = candidate(.storageContainer)
            StoragePlace.fill(&candidate, address)
            if let container = body.text("containerName") { candidate.settings["container"] = .string(container) }
            if let format = body.text("fileNameFormat") { candidate.settings["file_name_format"] = .string(format) }
            if let encoding = body.text("encoding") {
                candidate.settings["encoding"] = .string(Place.encoding(encoding))
            }
            if let account = address.account {
                candidate.endpoint.resourceID = resourceID("Microsoft.Storage", "storageAccounts/\(account)")
            }
            if let seconds = body["batchFrequencyInSeconds"]?.int, (1...86_400).contains(seconds) {
                candidate.endpoint.settleMs = seconds * 1_000 + 3 * PlannerTable.minute
            }
            return candidate
        }

        private static func encoding(_ name: String) -> String {
            switch name.lowercased() {
            case "avrodeflate": "avro_deflate"
            default: name.lowercased()
            }
        }

        func cosmos() -> Candidate {
            var candidate = candidate(.cosmosDB)
            if let host = address.host { candidate.settings["account_endpoint"] = .string("https://\(host)") }
            let fields = [
                ("databaseName", "database"), ("containerName", "container"), ("collectionName", "container"),
                ("partitionKeyName", "partition_key_name"), ("partitionKeyTemplate", "partition_key_template"),
            ]
            for (theirs, ours) in fields {
                if let text = body.text(theirs) { candidate.settings[ours] = .string(text) }
            }
            if let account = address.account {
                candidate.endpoint.resourceID = resourceID("Microsoft.DocumentDB", "databaseAccounts/\(account)")
            }
            candidate.notes.append("Backups of the account keep documents for 7 to 30 days.")
            return candidate
        }

        func eventStream() -> Candidate {
            var candidate = candidate(.fabricEventStream)
            fillNamespace(&candidate, entityKey: "entity")
            let fields = [
                ("workspaceId", "workspace_id"), ("eventStreamId", "event_stream_id"), ("sourceId", "source_id"),
            ]
            for (theirs, ours) in fields {
                if let text = body.text(theirs) { candidate.settings[ours] = .string(text) }
            }
            return candidate
        }
    }
}

/// What holds for every event hub, however the hub writes to it.
enum EventHubNotes {
    static func add(_ candidate: inout Candidate) {
        candidate.settings["retention"] = "P90D"
        candidate.notes.append(
            """
            Its retention is not shown: 90 days are the most that a limited one can be. Set settings.retention to the \
            real value, worst_case to that and the margin, and `connector: attestation` where it is unlimited or \
            compacted. Who waits for it gives `connector: retention` and `actions: [erase]`. Consumers and Capture \
            keep copies of their own.
            """)
    }
}
