import Contract

/// One log line as a JSON object of strings.
struct LogLineWriter {
    private var json = JSONWriter(capacity: 256)

    init() { json.beginObject() }

    mutating func field(_ name: String, _ value: String) {
        json.name(escaping: name)
        json.string(value)
    }

    var line: String {
        var closed = json
        closed.endObject()
        return String(decoding: closed.bytes, as: UTF8.self)
    }
}
