import ArgumentParser
import Connectors
import Contract
import Coordinator
import Foundation
import Kafka
import Logging
import RecordLog
import SagaKernel
import ServiceLifecycle
import StatusAPI
import Synchronization
import Telemetry
import Worker

/// `habeas demo`: everything in one process.
enum DemoProcess {
    /// Tells its story and ends, or with `stay` serves until SIGTERM; returns the exit code.
    static func run(_ settings: Settings, console: Console, stay: Bool, json: Bool) async throws -> ExitCode {
        let scene = try DemoScene.make()
        let before = try scene.lines()
        let logger = try logger(settings, scene)
        let set = try await DemoSet.build(scene, settings, logger: logger)
        defer { set.close() }
        let runner = Task { try await set.run(logger: logger) }
        do {
            return try await tell(scene, before, set, runner, console, stay: stay, json: json)
        } catch {
            // Stopped in the middle of its story: whoever does that on purpose is no failure. A service that failed is
            // one, and says so here.
            guard set.hasEnd else { throw error }
            try await runner.value
            return CommandExit.done
        }
    }

    private static func tell(
        _ scene: DemoScene, _ before: [String: [String]], _ set: DemoSet, _ runner: Task<Void, any Error>,
        _ console: Console, stay: Bool, json: Bool
    ) async throws -> ExitCode {
        let port = try await set.apiPort()
        let base = "http://127.0.0.1:\(port)"
        let story = DemoStory(
            console: console, client: client(base), publisher: set.publisher, coldStore: set.coldStore, isSilent: json)
        story.say(
            "The broker of this demo is inside the process: everything is in memory, without transactions,", .faint)
        story.say("for looking only. Folder: \(scene.folder.path)   API: \(base)/v1/requests", .faint)
        let end = try await story.run()
        let claims = try DemoClaims(scene: scene, before: before, erasure: end.erasure, access: end.access).check()
        report(claims, end, scene, base: base, story, console, stay: stay, json: json)
        if stay {
            story.heading("Serving until Ctrl-C: habeas list --api 127.0.0.1:\(port)")
            _ = await runner.result
        } else {
            await set.stop()
            try await runner.value
        }
        return claims.allSatisfy(\.holds) ? CommandExit.done : CommandExit.no
    }

    /// The log goes to a file of the folder: on the terminal it would talk over the story.
    private static func logger(_ settings: Settings, _ scene: DemoScene) throws -> Logger {
        let given = try settings.need(settings.text(.logLevel), .logLevel)
        let file = scene.folder.appending(path: "demo.log")
        try Data().write(to: file)
        let handle = try FileHandle(forWritingTo: file)
        let level = try settings.need(Logger.Level(rawValue: given), .logLevel)
        return Logger(label: "habeas") { LogOutput(label: $0, level: level, isJSON: true, handle: handle) }
    }

    private static func client(_ base: String) -> StatusClient {
        LiveStatusClient.make(baseURL: base, timeoutMs: 10_000)
    }

    private static func report(
        _ claims: [DemoClaims.Claim], _ end: (erasure: RequestAnswer, access: RequestAnswer), _ scene: DemoScene,
        base: String, _ story: DemoStory, _ console: Console, stay: Bool, json: Bool
    ) {
        if json {
            console.out(endState(claims, end, scene, base: stay ? base : nil))
            return
        }
        story.heading("What is true now, and was looked at:")
        for claim in claims { story.say("  \(claim.holds ? "✓" : "✗") \(claim.text)", claim.holds ? .good : .bad) }
        story.heading("Look for yourself")
        story.say("  the files      \(scene.folder.path)")
        story.say("  the catalogue  \(scene.catalogue.path)")
        story.say("  the log        \(scene.folder.path)/demo.log")
        story.say("  `habeas demo --stay` keeps the API up; `habeas status ID --api HOST:PORT` then shows a request.")
    }

    private static func endState(
        _ claims: [DemoClaims.Claim], _ end: (erasure: RequestAnswer, access: RequestAnswer), _ scene: DemoScene,
        base: String?
    ) -> String {
        var json = JSONWriter()
        json.beginObject()
        json.name("folder")
        json.string(scene.folder.path)
        json.name("api")
        // Nothing serves there any more when the demo has ended.
        if let base { json.string(base) } else { json.null() }
        json.name("claims")
        json.beginArray()
        for claim in claims {
            json.beginObject()
            json.name("claim")
            json.string(claim.text)
            json.name("holds")
            json.boolean(claim.holds)
            json.endObject()
        }
        json.endArray()
        json.name("erasure")
        json.json(String(decoding: end.erasure.body, as: UTF8.self))
        json.name("access")
        json.json(String(decoding: end.access.body, as: UTF8.self))
        json.endObject()
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
