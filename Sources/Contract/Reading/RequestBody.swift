import SagaKernel

/// A request as it stands in the record: the types are right, the values are not judged yet.
struct RequestBody {
    struct Identity {
        var type: String?
        var value: String?
        /// False for an `identity_format` other than `raw`.
        var isRaw = true
    }

    var id: Judged<RequestID> = .absent
    var type: Judged<RequestType> = .absent
    var regulation: Judged<Regulation> = .absent
    var submitted: Judged<Timestamp> = .absent
    var identities: [Identity] = []
    var callbackURLs: [String] = []
    var dryRun = false
    var excludedEndpoints: [String] = []
    var requestedBy: String?

    private enum Field: UInt8, KnownField {
        case id, type, regulation, submitted, identities, callbacks, extensions

        static func named(_ name: JSONText) -> Field? {
            switch name {
            case "subject_request_id": .id
            case "subject_request_type": .type
            case "regulation": .regulation
            case "submitted_time": .submitted
            case "subject_identities": .identities
            case "status_callback_urls": .callbacks
            case "extensions": .extensions
            default: nil
            }
        }
    }

    private enum IdentityField: UInt8, KnownField {
        case type, value, format

        static func named(_ name: JSONText) -> IdentityField? {
            switch name {
            case "identity_type": .type
            case "identity_value": .value
            case "identity_format": .format
            default: nil
            }
        }
    }

    private enum ExtensionField: UInt8, KnownField {
        case habeas

        static func named(_ name: JSONText) -> ExtensionField? { name.equals("habeas") ? .habeas : nil }
    }

    private enum HabeasField: UInt8, KnownField {
        case dryRun, excluded, requestedBy

        static func named(_ name: JSONText) -> HabeasField? {
            switch name {
            case "dry_run": .dryRun
            case "exclude_endpoints": .excluded
            case "requested_by": .requestedBy
            default: nil
            }
        }
    }

    init(_ bytes: UnsafeRawBufferPointer, _ limits: RequestLimits) throws(Refusal) {
        var cursor = RecordCursor(bytes)
        var seen: UInt32 = 0
        try cursor.beginObject()
        while let field = try cursor.next(Field.self, seen: &seen) {
            switch field {
            case .id: id = Judged(try cursor.text().withUTF8 { RequestID(bytes: $0) })
            case .type: type = Judged(RequestType.named(try cursor.text()))
            case .regulation: regulation = Judged(Regulation.named(try cursor.text()))
            case .submitted: submitted = Judged(try cursor.text().withUTF8 { TimeText.parse(bytes: $0) })
            case .identities: try readIdentities(&cursor, limits)
            case .callbacks: callbackURLs = try cursor.strings()
            case .extensions: try readExtensions(&cursor)
            }
        }
        try cursor.end()
    }

    private mutating func readIdentities(_ cursor: inout RecordCursor, _ limits: RequestLimits) throws(Refusal) {
        try cursor.beginArray()
        while try cursor.nextElement() {
            guard identities.count < limits.identities else {
                throw cursor.refusal(.tooLarge, "has more entries than the limit")
            }
            let outer = cursor.enter("subject_identities", index: identities.count)
            var identity = Identity()
            var seen: UInt32 = 0
            try cursor.beginObject()
            while let field = try cursor.next(IdentityField.self, seen: &seen) {
                switch field {
                case .type: identity.type = try cursor.string()
                case .value: identity.value = try cursor.string()
                case .format: identity.isRaw = try cursor.text().equals("raw")
                }
            }
            identities.append(identity)
            cursor.leave(to: outer)
        }
    }

    private mutating func readExtensions(_ cursor: inout RecordCursor) throws(Refusal) {
        let outer = cursor.enter("extensions")
        var seen: UInt32 = 0
        try cursor.beginObject()
        while try cursor.next(ExtensionField.self, seen: &seen) != nil {
            let inner = cursor.enter("extensions.habeas")
            try readHabeas(&cursor)
            cursor.leave(to: inner)
        }
        cursor.leave(to: outer)
    }

    private mutating func readHabeas(_ cursor: inout RecordCursor) throws(Refusal) {
        var seen: UInt32 = 0
        try cursor.beginObject()
        while let field = try cursor.next(HabeasField.self, seen: &seen) {
            switch field {
            case .dryRun: dryRun = try cursor.bool()
            case .excluded: excludedEndpoints = try cursor.strings()
            case .requestedBy: requestedBy = try cursor.string()
            }
        }
    }
}
