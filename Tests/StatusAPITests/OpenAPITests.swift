import Foundation
import HTTPTypes
import Testing
import Yams

@testable import StatusAPI

/// The document that clients are built from says what the servers do.
@Suite struct OpenAPITests {
    private let document: [String: Any]
    private let text: String
    private let fixture = Fixture()

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        text = try String(contentsOf: root.appending(path: "config/openapi.yaml"), encoding: .utf8)
        document = try #require(try Yams.load(yaml: text) as? [String: Any])
    }

    private func at(_ path: String...) throws -> [String: Any] {
        var node = document
        for name in path { node = try #require(node[name] as? [String: Any], "no \(name)") }
        return node
    }

    @Test func `it has every address that is served, and no other`() throws {
        let routes = fixture.server().shell.edge.routes + fixture.worker { _, _, _ in .accepted }.shell.edge.routes
        let served = Set(routes.map { "\($0.method.rawValue.lowercased()) \($0.pattern)" })
        var described: Set<String> = []
        for (path, item) in try at("paths") {
            for method in try #require(item as? [String: Any]).keys { described.insert("\(method) \(path)") }
        }
        #expect(described == served)
    }

    @Test func `it knows the conditions of a list, their bounds and the states`() throws {
        let operation = try at("paths", "/v1/requests", "get")
        let parameters = try #require(operation["parameters"] as? [[String: Any]])
        #expect(parameters.compactMap { $0["name"] as? String } == StatusRoutes.listParameters)
        let limit = try #require(parameters.last?["schema"] as? [String: Any])
        let settings = HTTPSettings()
        #expect(limit["maximum"] as? Int == settings.pageRequestsMax)
        #expect(limit["default"] as? Int == settings.pageRequestsDefault)
        #expect(try at("components", "schemas", "State")["enum"] as? [String] == StatusRoutes.states)
    }

    @Test func `every operation has a name of its own and says what it answers`() throws {
        var names: Set<String> = []
        for item in try at("paths").values {
            for operation in try #require(item as? [String: [String: Any]]).values {
                let name = try #require(operation["operationId"] as? String)
                #expect(names.insert(name).inserted)
                #expect((operation["summary"] as? String)?.isEmpty == false)
                let responses = try #require(operation["responses"] as? [String: Any])
                #expect(responses.keys.contains { $0.hasPrefix("2") })
            }
        }
        #expect(document["openapi"] as? String == "3.1.0")
    }

    @Test func `every reference leads somewhere, and everything is referred to`() throws {
        let references = Set(text.matches(of: /#\/components\/(\w+)\/(\w+)/).map { "\($0.output.1)/\($0.output.2)" })
        var defined: Set<String> = []
        for (kind, members) in try at("components") {
            for name in try #require(members as? [String: Any]).keys { defined.insert("\(kind)/\(name)") }
        }
        #expect(references == defined)
    }

    @Test func `every problem that the servers know is described`() {
        let problems = [
            Problem.notFound(""), .invalidQuery([]), .invalidCursor, .tooLarge(bytesMax: 1), .notReady([]),
            .unhealthy(""), .timedOut, CallbackAnswer.unknownToken.problem, CallbackAnswer.malformed("").problem,
            CallbackAnswer.unavailable(retryAfterSeconds: 1).problem,
        ]
        for problem in problems { #expect(text.contains("`\(problem?.slug ?? "?")`")) }
    }
}
