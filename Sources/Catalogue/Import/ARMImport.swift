import SagaKernel

/// Builds a catalogue from the documents in which Azure Resource Manager describes one hub.
///
/// Whatever holds data and is not understood becomes an endpoint of the connector `attestation`, with a warning: a
/// place that is asked about can be corrected, one that is left out is forgotten. No key, signature or connection
/// string of the documents reaches the catalogue; only named fields are copied.
public struct ARMImport: Sendable {
    /// One answer of the REST interface, as it came.
    public struct Document: Sendable {
        /// How notices call it: the file's name.
        public var name: String
        public var bytes: [UInt8]

        public init(name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }
    }

    /// Stands in front of every id, for files that hold several hubs: ids are unique in a file.
    public var idPrefix: String
    public var limits: CatalogueLimits

    public init(idPrefix: String = "", limits: CatalogueLimits = CatalogueLimits()) {
        self.idPrefix = idPrefix
        self.limits = limits
    }

    /// - Parameters:
    ///   - hubs: answers of GET on one and the same hub. One is enough; a second one of a newer preview version adds
    ///     what the stable version does not show.
    ///   - eventSubscriptions: lists of event subscriptions, those of the hub and those of its system topics, each page
    ///     a document.
    ///   - diagnosticSettings: lists of diagnostic settings.
    public func read(
        hubs: [Document], eventSubscriptions: [Document] = [], diagnosticSettings: [Document] = []
    ) -> ARMReading {
        let draft = Draft()
        var hub: HubImport?
        for document in hubs {
            guard let body = ARMBody(document, draft: draft) else { continue }
            hub = HubImport.read(body, after: hub, draft: draft)
        }
        if hubs.isEmpty { draft.fault("", "", "no hub document was given") }
        if eventSubscriptions.isEmpty {
            draft.warn(
                "", "",
                """
                no list of event subscriptions was given: where Event Grid delivers is missing. It takes the hub's \
                own list and that of each of its system topics
                """)
        }
        if diagnosticSettings.isEmpty {
            draft.warn(
                "", "", "no list of diagnostic settings was given: where the hub's resource logs go is missing")
        }
        let subscriptions = ARMBody.list(eventSubscriptions, draft: draft)
        let settings = ARMBody.list(diagnosticSettings, draft: draft)
        guard let hub, draft.faults.isEmpty else { return reading(nil, draft) }
        hub.finish()
        EventGridImport(draft: draft, hubID: hub.resourceID).add(subscriptions)
        DiagnosticsImport(draft: draft, hubID: hub.resourceID).add(settings)
        hub.addFormerEndpoints()
        let endpoints = draft.endpoints(idPrefix: idPrefix)
        warn(ofLimits: endpoints, draft)
        var disclosures = [KnownDisclosure.iotHubSystemLogs, .deviceUpdateTelemetry, .iotHubJobHistory]
        // Every Cosmos DB account has backups, which no delete reaches.
        let cosmos = EndpointKind.cosmosDB.rawValue
        if endpoints.contains(where: { $0.endpoint.kind == cosmos }) { disclosures.append(.backups) }
        let found = Catalogue.Hub(
            host: hub.host, resourceID: hub.resourceID, endpoints: endpoints.map(\.endpoint),
            disclosures: disclosures.map(\.disclosure))
        return reading(CatalogueDraft(catalogue: Catalogue(hubs: [found]), notes: draft.notes(endpoints)), draft)
    }

    /// A catalogue above a limit is written all the same: whoever gets it can shorten it, and cannot shorten nothing.
    private func warn(ofLimits endpoints: [Candidate], _ draft: Draft) {
        if endpoints.count > limits.endpointsPerHub {
            draft.warn(
                "", "",
                "the hub has \(endpoints.count) endpoints; raise limits.endpoints_per_hub (\(limits.endpointsPerHub))")
        }
        for endpoint in endpoints.map(\.endpoint) {
            let bytes = endpoint.settingsJSON.utf8.count
            guard bytes > limits.settingsBytes else { continue }
            draft.warn(
                "", endpoint.id,
                "its settings take \(bytes) bytes as JSON, where \(limits.settingsBytes) are allowed; shorten them")
        }
    }

    private func reading(_ result: CatalogueDraft?, _ draft: Draft) -> ARMReading {
        ARMReading(draft: draft.faults.isEmpty ? result : nil, faults: draft.faults, warnings: draft.warnings)
    }
}

/// A catalogue that an import proposes, with what its owner should know of each endpoint.
public struct CatalogueDraft: Hashable, Sendable {
    public var catalogue: Catalogue
    /// By endpoint id; the writer puts them above the endpoint.
    public var notes: [String: [String]]

    /// The file that `habeas catalogue import` prints.
    public func yaml() throws(CatalogueWriterFailure) -> String {
        try CatalogueWriter(
            header: [
                "Made by `habeas catalogue import`. Read the notes, correct what is marked, keep it under version",
                "control, and check it with `habeas catalogue check`.",
            ], notes: notes
        ).write(catalogue)
    }
}

/// Something about a document that its reader should know.
public struct ARMNotice: Error, Hashable, Sendable, CustomStringConvertible {
    /// The document's name; empty for the import as a whole.
    public var document: String
    /// Where in the document; empty for the document as a whole.
    public var path: String
    public var message: String

    public var description: String {
        [document, path, message].filter { !$0.isEmpty }.joined(separator: ": ")
    }
}

/// What an import came to.
public struct ARMReading: Sendable {
    /// nil as soon as there is one fault.
    public var draft: CatalogueDraft?
    public var faults: [ARMNotice]
    /// None of them keeps the draft from being used, but each is a question to the hub's owner.
    public var warnings: [ARMNotice]
}
