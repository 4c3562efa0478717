import Contract
import SagaKernel

/// What the read model has to know of a timeline record: whose it is, and where in its bytes the events are.
struct TimelineFacts: Equatable {
    var id: RequestID
    var events: Range<Int>
    var eventCount: Int

    static func facts(of json: UnsafeRawBufferPointer) throws -> TimelineFacts {
        var cursor = JSONCursor(json)
        var id: RequestID?
        var events: (range: Range<Int>, count: Int)?
        try cursor.beginObject()
        while let name = try cursor.nextName() {
            switch name {
            case "request_id":
                id = try cursor.text().withUTF8 { RequestID(ascii: $0) }
                if id == nil { throw UnreadableRecord.unknown(.requestID) }
            case "events": events = try Self.events(&cursor)
            default: try cursor.skipValue()
            }
        }
        try cursor.end()
        guard let id else { throw UnreadableRecord.missing(.requestID) }
        guard let events else { throw UnreadableRecord.missing(.events) }
        return TimelineFacts(id: id, events: events.range, eventCount: events.count)
    }

    /// Makes sure that each event can be shown later: one that could not would take the whole timeline with it.
    private static func events(_ cursor: inout JSONCursor) throws -> (range: Range<Int>, count: Int) {
        _ = try cursor.kind()
        let start = cursor.offset
        var count = 0
        try cursor.beginArray()
        while try cursor.nextElement() {
            var hasTime = false
            var hasEvent = false
            try cursor.beginObject()
            while let name = try cursor.nextName() {
                switch name {
                case "time":
                    _ = try cursor.text()
                    hasTime = true
                case "event":
                    _ = try cursor.text()
                    hasEvent = true
                case "task_id", "code", "command_id", "operator", "reason":
                    if try !cursor.takeNull() { _ = try cursor.text() }
                case "epoch", "attempt":
                    if try !cursor.takeNull() { _ = try cursor.int64() }
                default: try cursor.skipValue()
                }
            }
            guard hasTime else { throw UnreadableRecord.missing(.time) }
            guard hasEvent else { throw UnreadableRecord.missing(.event) }
            count += 1
        }
        return (start..<cursor.offset, count)
    }
}
