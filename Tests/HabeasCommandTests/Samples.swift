import Contract
import Foundation
import SagaKernel

@testable import habeas

/// Statuses as the API serves them.
enum Samples {
    static let id = "a7551968-d5d6-44b2-9831-815ac9017798"
    static let otherID = "b0000000-0000-4000-8000-000000000001"
    /// 2026-11-02T18:00:00Z
    static let now = Timestamp(milliseconds: 1_793_642_400_000)
    static let key32 = Data(repeating: 7, count: 32).base64EncodedString()

    /// An erasure under way, with a task in every interesting state.
    static let erasure = """
        {"request_id":"\(id)","term":1,"version":7,"home_partition":3,"dry_run":false,"request_type":"erasure",\
        "regulation":"gdpr","subject_ref":"hmac-sha256:9f2c","subject_refs":["hmac-sha256:9f2c"],\
        "state":"in_progress","reason":null,"plan_outdated":false,"submitted_time":"2026-11-02T15:00:00Z",\
        "received_time":"2026-11-02T15:00:01Z","updated_time":"2026-11-02T17:58:00Z","finished_time":null,\
        "sla":{"status":"on_track","due_time":"2026-12-02T15:00:00Z","extended":false,\
        "expected_completion_time":"2026-11-05T15:00:00Z"},\
        "stages":[{"stage":"source","state":"done"},{"stage":"sinks","state":"running"},\
        {"stage":"logs","state":"blocked"}],\
        "tasks":[\
        {"task_id":"\(id)/registry/erase","endpoint_id":"registry","kind":"iot_hub_registry","action":"erase",\
        "stage":"source","state":"succeeded","epoch":1,"attempts":1,"since":"2026-11-02T15:00:30Z",\
        "outcome":"erased","verified":"read_back","record_count":1},\
        {"task_id":"\(id)/telemetry-archive/erase","endpoint_id":"telemetry-archive","kind":"storage_container",\
        "action":"erase","stage":"sinks","state":"waiting","reason":"operation_running","epoch":2,"attempts":3,\
        "next_at":"2026-11-02T18:12:00Z","since":"2026-11-02T17:58:00Z","verified":"none"},\
        {"task_id":"\(id)/dashboards/erase","endpoint_id":"dashboards","kind":"cosmos_db","action":"erase",\
        "stage":"sinks","state":"failed","epoch":1,"attempts":8,"since":"2026-11-02T16:00:00Z","verified":"none",\
        "error":{"code":"forbidden","detail":"role is missing"}},\
        {"task_id":"\(id)/hub-logs/erase","endpoint_id":"hub-logs","kind":"log_analytics_workspace",\
        "action":"erase","stage":"logs","state":"blocked","epoch":1,"attempts":0,"since":"2026-11-02T15:00:01Z",\
        "verified":"none"}],\
        "disclosures":[{"system":"device_update_telemetry","reason":"system_generated"}],"artifacts":[],\
        "timeline":[{"time":"2026-11-02T15:00:01Z","event":"received"},\
        {"time":"2026-11-02T15:00:02Z","event":"dispatched","task_id":"\(id)/registry/erase","epoch":1,"attempt":1},\
        {"time":"2026-11-02T17:58:00Z","event":"command_applied","command_id":"c-1","operator":"dana",\
        "reason":"key rotated"}],"as_of":"2026-11-02T17:59:58Z"}
        """

    /// The erasure in another state, with other text replaced.
    static func erasure(state: String, id: String = id, replacing: [(String, String)] = []) -> String {
        var text = erasure.replacingOccurrences(of: "\"state\":\"in_progress\"", with: "\"state\":\"\(state)\"")
            .replacingOccurrences(of: Samples.id, with: id)
        for (old, new) in replacing { text = text.replacingOccurrences(of: old, with: new) }
        return text
    }

    static func answer(_ json: String) throws -> RequestAnswer {
        try JSONDecoder().decode(RequestAnswer.self, from: Data(json.utf8))
    }

    static let unknown = HTTPReply(code: 404, body: Array(#"{"title":"Not found","status":404}"#.utf8))

    static func reply(_ json: String) -> HTTPReply { HTTPReply(code: 200, body: Array(json.utf8)) }
}
