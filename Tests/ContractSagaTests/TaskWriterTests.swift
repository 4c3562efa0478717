import Contract
import Foundation
import SagaKernel
import Testing

@Suite struct TaskWriterTests {
    /// A task as a worker in another language would read it (contract §3).
    struct TaskDocument: Decodable {
        struct EndpointDocument: Decodable {
            var id: String
            var kind: String
            var hub: String
            var resource_id: String?
            var settings: [String: String]
        }
        struct SubjectDocument: Decodable {
            struct AliasDocument: Decodable {
                var identity_type: String
                var identity_value: String
            }
            var hub: String
            var device_id: String
            var module_id: String?
            var aliases: [AliasDocument]
        }
        struct ReplyDocument: Decodable {
            var topic: String
            var partition: Int32
        }
        var task_id: String
        var request_id: String
        var epoch: Int
        var attempt: Int
        var action: String
        var endpoint: EndpointDocument
        var subjects: [SubjectDocument]
        var subject_ref: String
        var continuation: String?
        var due_time: String
        var reply: ReplyDocument
    }

    @Test func `a dispatched task says what its worker needs, field by field`() throws {
        var written = 0
        for seed in 0..<120 as Range<UInt64> {
            var driver = SagaDriver(seed: 40_000 + seed)
            for _ in 0..<25 {
                let event = driver.nextEvent()
                let step = driver.happen(event)
                var tasks = TaskWriter(for: driver.saga.id, replyTopic: "habeas.acks")
                for dispatch in step.dispatches {
                    try compare(dispatch, driver.saga, &tasks)
                    written += 1
                }
                driver.accept(step)
            }
        }
        #expect(written > 200)
    }

    private func compare(_ dispatch: Dispatch, _ saga: Saga, _ tasks: inout TaskWriter) throws {
        var json = JSONWriter()
        tasks.write(dispatch, of: saga, to: &json)
        let document = try JSONDecoder().decode(TaskDocument.self, from: Data(json.bytes))
        let task = saga.tasks[dispatch.task]
        let endpoint = saga.endpoint(of: task)
        #expect(document.task_id == "\(saga.id)/\(saga.path(of: task))")
        #expect(document.request_id == saga.id.description)
        #expect(document.epoch == dispatch.epoch)
        #expect(document.attempt == dispatch.attempt)
        #expect(document.action == task.action.rawValue)
        #expect(document.endpoint.id == endpoint.id)
        #expect(document.endpoint.kind == endpoint.kind)
        #expect(document.endpoint.hub == saga.plans[task.hub].host)
        #expect(document.endpoint.resource_id == endpoint.resourceID)
        #expect(
            document.endpoint.settings
                == (endpoint.settingsJSON == "{}" ? [:] : ["container": "telemetry"]))
        // The devices of the endpoint's own hub, and no others.
        let subjects = saga.request.subjects.filter { $0.hub == saga.plans[task.hub].host }
        #expect(!subjects.isEmpty)
        #expect(document.subjects.map(\.hub) == subjects.map(\.hub))
        #expect(document.subjects.map(\.device_id) == subjects.map(\.deviceID))
        #expect(document.subjects.map(\.module_id) == subjects.map(\.moduleID))
        #expect(
            document.subjects.map { $0.aliases.map(\.identity_value) }
                == subjects.map { $0.aliases.map(\.identityValue) })
        #expect(document.subject_ref == "hmac-sha256:" + hexadecimal(saga.request.subjectRef))
        #expect(document.continuation == dispatch.continuation)
        #expect(Timestamp(foundation: document.due_time) == saga.due)
        #expect(document.reply.topic == "habeas.acks")
        #expect(document.reply.partition == saga.homePartition)
    }
}

@Suite struct TimelineWriterTests {
    @Test func `a timeline record says what happened in its turn, field by field`() throws {
        for seed in 0..<60 as Range<UInt64> {
            var driver = SagaDriver(seed: 60_000 + seed)
            driver.beginTurn()
            for _ in 0..<20 {
                let event = driver.nextEvent()
                driver.accept(driver.happen(event))
            }
            var json = JSONWriter()
            TimelineWriter.write(driver.turnEvents, of: driver.saga.id, version: 5, to: &json)
            let document = try JSONDecoder().decode(TimelineDocument.self, from: Data(json.bytes))
            #expect(document.requestID == driver.saga.id.description)
            #expect(document.version == 5)
            #expect(document.events.count == driver.turnEvents.count)
            for (written, event) in zip(document.events, driver.turnEvents) {
                #expect(Timestamp(foundation: written.time) == event.time)
                #expect(written.event == event.kind.rawValue)
                #expect(written.taskID == event.taskPath.map { "\(driver.saga.id)/\($0)" })
                #expect(written.epoch == event.epoch)
                #expect(written.attempt == event.attempt)
                #expect(written.code == event.code)
                #expect(written.commandID == event.commandID)
                #expect(written.operator == event.operator)
                #expect(written.reason == event.reason)
            }
        }
    }
}
