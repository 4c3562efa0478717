import SagaKernel

/// Event subscriptions of the hub: where events are delivered, and where those go that could not be.
struct EventGridImport {
    let draft: Draft
    let hubID: String?

    func add(_ subscriptions: [ARMBody]) {
        for body in subscriptions where belongsHere(body) {
            let subscription = Subscription(body)
            addDestination(subscription)
            addDeadLetter(subscription)
        }
    }

    /// One event subscription with what every destination needs of it.
    struct Subscription {
        let body: ARMBody
        let name: String
        /// Longest time that an event may be under way, in milliseconds.
        let windowMs: Int64

        init(_ body: ARMBody) {
            self.body = body
            name = body.text("name") ?? ResourceID(body.text("id"))?.lastName ?? "event-subscription"
            let minutes = body["properties", "retryPolicy", "eventTimeToLiveInMinutes"]?.int ?? 1_440
            windowMs = (1...1_440).contains(minutes) ? minutes * PlannerTable.minute : PlannerTable.day
        }
    }

    /// Lists of system topics may hold subscriptions of other resources; another hub's are not ours to ask.
    private func belongsHere(_ body: ARMBody) -> Bool {
        guard let topic = ResourceID(body.text("properties", "topic")), topic.type == "microsoft.devices/iothubs",
            let hubID, topic.text.lowercased() != hubID.lowercased()
        else { return true }
        draft.warn(body, "the event subscription belongs to another hub and was left out")
        return false
    }

    private func addDestination(_ subscription: Subscription) {
        let body = subscription.body
        let direct = body["properties", "destination"]
        let identity = body["properties", "deliveryWithResourceIdentity", "destination"]
        guard let destination = [direct, identity].compactMap(\.self).first(where: { $0.object != nil }) else {
            unknown(subscription, type: "no destination")
            return
        }
        let place = EventGridPlace(subscription: subscription, destination: destination)
        guard let candidate = place.candidate() else {
            unknown(subscription, type: destination.member("endpointType")?.text ?? "no type")
            return
        }
        if let warning = place.warning { draft.warn(body, warning) }
        draft.add(candidate)
    }

    private func unknown(_ subscription: Subscription, type: String) {
        let name = subscription.name
        var unknown = Candidate(.eventGrid, .other, name: name, identity: "event-subscription|\(name)")
        unknown.endpoint.settleMs = subscription.windowMs + PlannerTable.hour
        unknown.settings["destination_type"] = .string(type)
        unknown.settings["subscriptions"] = .array([.string(name)])
        unknown.notes.append("The import does not know this type of destination; its owner is asked.")
        draft.add(unknown)
        draft.warn(
            subscription.body,
            "a destination that is not known (\(Spelling.shown(type))) became an attestation; look at it")
    }

    private func addDeadLetter(_ subscription: Subscription) {
        let body = subscription.body
        let direct = body["properties", "deadLetterDestination"]
        let identity = body["properties", "deadLetterWithResourceIdentity", "deadLetterDestination"]
        guard let destination = [direct, identity].compactMap(\.self).first(where: { $0.object != nil }) else { return }
        let properties = destination.member("properties")
        let account = ResourceID(properties?.member("resourceId")?.text)
        let container = properties?.member("blobContainerName")?.text
        let isBlob = destination.member("endpointType")?.text?.lowercased() == "storageblob"
        let name = "dead-letter-\(container ?? subscription.name)"
        let identityText = "\(account?.text ?? subscription.name)|\(container ?? "")"
        var candidate = Candidate(.eventGrid, .eventGridDeadLetter, name: name, identity: identityText)
        // Written five minutes after the last attempt, or up to four hours later when the container is not there.
        candidate.endpoint.settleMs = subscription.windowMs + 5 * PlannerTable.hour
        candidate.settings["prefixes"] = .array([.string(subscription.name.uppercased())])
        if let container { candidate.settings["container"] = .string(container) }
        if let account {
            candidate.endpoint.resourceID = account.text
            candidate.settings["account"] = .string(account.lastName)
        }
        if !isBlob || account == nil || container == nil {
            candidate.askOwner("The document does not show where dead letters go; their owner is asked.")
            draft.warn(body, "the dead-letter destination is not known; it became an attestation")
        }
        draft.add(candidate)
    }
}
