import Contract

/// Differences between topics and what they must be, for people and for scripts.
enum TopicOutput {
    static func show(_ comparison: TopicComparison, _ context: CommandContext) {
        let terminal = context.console.terminal
        for line in comparison.lines(width: terminal.width, colours: terminal.colours) { context.console.out(line) }
    }

    static func json(_ comparison: TopicComparison) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("sound")
        writer.boolean(comparison.isSound)
        append("missing", comparison.missing, to: &writer)
        append("untold", comparison.untold, to: &writer)
        writer.name("differences")
        writer.beginArray()
        for difference in comparison.differences {
            writer.beginObject()
            writer.name("topic")
            writer.string(difference.topic)
            writer.name("property")
            writer.string(difference.property)
            writer.name("expected")
            writer.string(difference.expected)
            writer.name("actual")
            writer.string(difference.actual)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func append(_ name: StaticString, _ values: [String], to writer: inout JSONWriter) {
        writer.name(name)
        writer.beginArray()
        for value in values { writer.string(value) }
        writer.endArray()
    }
}
