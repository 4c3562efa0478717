import Contract
import Foundation
import Testing
import Yams

@Suite struct AsyncAPITests {
    private static func document() throws -> Node {
        let text = String(decoding: try Fixture.file("config/asyncapi.yaml"), as: UTF8.self)
        return try #require(try Yams.compose(yaml: text))
    }

    /// Every `$ref` of the document.
    private static func references(_ node: Node) -> [String] {
        switch node {
        case .mapping(let mapping):
            mapping.flatMap { key, value in
                key.string == "$ref" ? [value.string].compactMap(\.self) : references(value)
            }
        case .sequence(let sequence): sequence.flatMap(references)
        case .scalar, .alias: []
        }
    }

    private static func resolve(_ reference: String, _ document: Node) -> Node? {
        var node: Node? = document
        for part in reference.dropFirst(2).split(separator: "/") { node = node?[String(part)] }
        return node
    }

    @Test func `every reference leads somewhere`() throws {
        let document = try Self.document()
        let references = Self.references(document)
        #expect(references.count > 40)
        for reference in references {
            if reference.hasPrefix("#/") {
                #expect(Self.resolve(reference, document) != nil, "\(reference)")
            } else {
                let path = Fixture.root.appending(path: "config").appending(path: reference).path
                #expect(FileManager.default.fileExists(atPath: path), "\(reference)")
            }
        }
    }

    @Test func `every record type has a message with its type, its schema and a channel that carries it`() throws {
        let document = try Self.document()
        #expect(document["asyncapi"]?.string == "3.0.0")
        for type in RecordType.allCases {
            let name = type.rawValue
            let message = try #require(document["components"]?["messages"]?[name])
            #expect(message["name"]?.string == "\(type.ceType)")
            #expect(message["payload"]?["schema"]?["$ref"]?.string == "./schemas/\(name).json")
            let channels = try #require(document["channels"]?.mapping).filter { _, channel in
                channel["messages"]?[name]?["$ref"]?.string == "#/components/messages/\(name)"
            }
            #expect(channels.count == 1)
        }
    }

    @Test func `every channel is used by an operation and has the topic's cleanup`() throws {
        let document = try Self.document()
        let operations = try #require(document["operations"]?.mapping).map { $0.value }
        for (name, channel) in try #require(document["channels"]?.mapping) {
            let key = try #require(name.string)
            let users = operations.filter { $0["channel"]?["$ref"]?.string == "#/channels/\(key)" }
            #expect(users.count == 1, "\(key)")
            let cleanup = channel["bindings"]?["kafka"]?["topicConfiguration"]?["cleanup.policy"]?.sequence
            #expect(cleanup?.first?.string == (key == "status" ? "compact" : "delete"), "\(key)")
            #expect(channel["address"]?.string?.hasPrefix("habeas.") == true)
        }
    }

    @Test func `a task says where its answer goes`() throws {
        let reply = try #require(try Self.document()["operations"]?["sendTask"]?["reply"])
        #expect(reply["channel"]?["$ref"]?.string == "#/channels/acks")
        #expect(reply["address"]?["location"]?.string == "$message.payload#/reply/topic")
    }

    @Test func `a dead letter's codes are the code's`() throws {
        let document = try Self.document()
        let properties = document["components"]?["messages"]?["deadLetter"]?["headers"]?["properties"]
        let codes = try #require(properties?["habeas.error.code"]?["enum"]?.sequence).compactMap(\.string)
        #expect(codes.sorted() == RefusalCode.allCases.map(\.rawValue).sorted())
    }
}
