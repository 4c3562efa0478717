import SagaKernel

/// The objects inside a task.
struct TaskEndpointBody {
    var facts: WorkerTask.EndpointFacts

    private enum Field: UInt8, KnownField {
        case id, kind, hub, resourceID, settings

        static func named(_ name: JSONText) -> Field? {
            switch name {
            case "id": .id
            case "kind": .kind
            case "hub": .hub
            case "resource_id": .resourceID
            case "settings": .settings
            default: nil
            }
        }
    }

    init(_ cursor: inout RecordCursor) throws(Refusal) {
        let outer = cursor.enter("endpoint")
        var (id, kind, hub, resourceID): (String?, String?, String?, String?)
        var settings = "{}"
        var seen: UInt32 = 0
        try cursor.beginObject()
        while let field = try cursor.next(Field.self, seen: &seen) {
            switch field {
            case .id:
                id = try cursor.string()
                // It becomes part of file names and log lines on the worker's side.
                guard id.map(EndpointName.isValid) == true else {
                    throw cursor.refusal(.malformed, "is not an endpoint id")
                }
            case .kind: kind = try cursor.string()
            case .hub: hub = try cursor.string()
            case .resourceID: resourceID = try cursor.string()
            case .settings:
                guard try cursor.kind() == .object else { throw cursor.refusal(.malformed, "must be an object") }
                settings = String(decoding: try cursor.rawText(), as: UTF8.self)
            }
        }
        guard let id else { throw cursor.missing("id") }
        guard let kind else { throw cursor.missing("kind") }
        guard let hub else { throw cursor.missing("hub") }
        facts = WorkerTask.EndpointFacts(
            id: id, kind: kind, hub: hub, resourceID: resourceID, settingsJSON: settings)
        cursor.leave(to: outer)
    }
}

struct TaskReplyBody {
    var topic: String
    var partition: Int32

    private enum Field: UInt8, KnownField {
        case topic, partition

        static func named(_ name: JSONText) -> Field? {
            switch name {
            case "topic": .topic
            case "partition": .partition
            default: nil
            }
        }
    }

    init(_ cursor: inout RecordCursor) throws(Refusal) {
        let outer = cursor.enter("reply")
        var topic: String?
        var partition: Int32?
        var seen: UInt32 = 0
        try cursor.beginObject()
        while let field = try cursor.next(Field.self, seen: &seen) {
            switch field {
            case .topic: topic = try cursor.string()
            case .partition: partition = try cursor.partition()
            }
        }
        guard let topic, !topic.isEmpty else { throw cursor.missing("topic") }
        guard let partition else { throw cursor.missing("partition") }
        self.topic = topic
        self.partition = partition
        cursor.leave(to: outer)
    }
}

/// One of a task's subjects. The ids are checked again here although the coordinator did: connectors put them into
/// queries and paths, and anyone who may write to the topic could have written the task.
struct TaskSubjectBody {
    var subject: Subject

    private enum Field: UInt8, KnownField {
        case hub, deviceID, moduleID, aliases

        static func named(_ name: JSONText) -> Field? {
            switch name {
            case "hub": .hub
            case "device_id": .deviceID
            case "module_id": .moduleID
            case "aliases": .aliases
            default: nil
            }
        }
    }

    private enum AliasField: UInt8, KnownField {
        case type, value

        static func named(_ name: JSONText) -> AliasField? {
            switch name {
            case "identity_type": .type
            case "identity_value": .value
            default: nil
            }
        }
    }

    init(_ cursor: inout RecordCursor, index: Int) throws(Refusal) {
        let outer = cursor.enter("subjects", index: index)
        var (hub, deviceID, moduleID): (String?, String?, String?)
        var aliases: [Subject.Alias] = []
        var seen: UInt32 = 0
        try cursor.beginObject()
        while let field = try cursor.next(Field.self, seen: &seen) {
            switch field {
            case .hub: hub = try cursor.string()
            case .deviceID: deviceID = try cursor.string()
            case .moduleID: moduleID = try cursor.string()
            case .aliases: aliases = try Self.aliases(&cursor)
            }
        }
        guard let hub else { throw cursor.missing("hub") }
        guard let deviceID else { throw cursor.missing("device_id") }
        do throws(IdentityText.Fault) {
            subject = try IdentityText.subject(hub: hub, deviceID: deviceID, moduleID: moduleID)
        } catch {
            throw cursor.refusal(.malformed, error.reason)
        }
        subject.aliases = aliases
        cursor.leave(to: outer)
    }

    private static func aliases(_ cursor: inout RecordCursor) throws(Refusal) -> [Subject.Alias] {
        var aliases: [Subject.Alias] = []
        try cursor.beginArray()
        while try cursor.nextElement() {
            let outer = cursor.enter("subjects.aliases", index: aliases.count)
            var (type, value): (String?, String?)
            var seen: UInt32 = 0
            try cursor.beginObject()
            while let field = try cursor.next(AliasField.self, seen: &seen) {
                switch field {
                case .type: type = try cursor.string()
                case .value: value = try cursor.string()
                }
            }
            guard let type else { throw cursor.missing("identity_type") }
            guard let value else { throw cursor.missing("identity_value") }
            do throws(IdentityText.Fault) {
                try IdentityText.checkAlias(value)
            } catch {
                throw cursor.refusal(.malformed, field: "identity_value", error.reason)
            }
            aliases.append(Subject.Alias(identityType: type, identityValue: value))
            cursor.leave(to: outer)
        }
        return aliases
    }
}
