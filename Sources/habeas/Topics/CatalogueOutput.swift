import Catalogue
import Contract
import SagaKernel

/// What a catalogue file says, for people and for scripts.
enum CatalogueOutput {
    static func lines(_ catalogue: Catalogue, _ terminal: TerminalFacts) -> [String] {
        var table = Table([
            .init(title: "HUB"), .init(title: "ENDPOINT", minimum: 12), .init(title: "KIND", minimum: 12),
            .init(title: "CONNECTOR"), .init(title: "STAGE"), .init(title: "SETTLE", dispensable: 2),
            .init(title: "WORST CASE", dispensable: 1),
        ])
        for hub in catalogue.hubs {
            for endpoint in hub.endpoints.sorted(by: { ($0.stage, $0.id) < ($1.stage, $1.id) }) {
                table.append([
                    Styled(hub.host), Styled(endpoint.id), Styled(endpoint.kind), Styled(endpoint.connector),
                    Styled(endpoint.stage.name), Styled(endpoint.settleMs == 0 ? "" : span(endpoint.settleMs)),
                    Styled(span(endpoint.worstCaseMs)),
                ])
            }
        }
        let endpoints = catalogue.hubs.reduce(0) { $0 + $1.endpoints.count }
        let summary =
            "\(catalogue.hubs.count) hubs, \(endpoints) endpoints, connectors "
            + catalogue.connectors.sorted().joined(separator: ", ")
        return table.lines(width: terminal.width, colours: terminal.colours) + ["", summary]
    }

    private static func span(_ milliseconds: Int64) -> String { RelativeTime.span(milliseconds) }

    static func json(_ reading: CatalogueReading) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("sound")
        writer.boolean(reading.catalogue != nil)
        append("faults", reading.faults, to: &writer)
        append("warnings", reading.warnings, to: &writer)
        if let catalogue = reading.catalogue {
            writer.name("connectors")
            writer.beginArray()
            for connector in catalogue.connectors.sorted() { writer.string(connector) }
            writer.endArray()
            writer.name("hubs")
            writer.beginArray()
            for hub in catalogue.hubs {
                writer.beginObject()
                writer.name("host")
                writer.string(hub.host)
                writer.name("endpoints")
                writer.integer(hub.endpoints.count)
                writer.endObject()
            }
            writer.endArray()
        }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func append(_ name: StaticString, _ faults: [CatalogueFault], to writer: inout JSONWriter) {
        writer.name(name)
        writer.beginArray()
        for fault in faults {
            writer.beginObject()
            writer.name("line")
            writer.integer(fault.line)
            writer.name("column")
            writer.integer(fault.column)
            writer.name("path")
            writer.string(fault.path)
            writer.name("message")
            writer.string(fault.message)
            writer.endObject()
        }
        writer.endArray()
    }
}
