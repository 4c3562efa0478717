import Contract

/// One log line as a JSON object of strings.
struct LogLineWriter: ~Copyable {
    private var json = JSONWriter(capacity: 256)

    init() { json.beginObject() }

    mutating func field(_ name: String, _ value: String) {
        json.name(escaping: name)
        json.string(value)
    }

    /// Closes the object; nothing can be added behind it.
    consuming func line() -> String {
        json.endObject()
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
