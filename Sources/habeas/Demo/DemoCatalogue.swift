import Foundation

/// The demo's catalogue: one endpoint of every temper.
enum DemoCatalogue {
    static func yaml(_ scene: DemoScene, ownerPort: Int) -> String {
        """
        # The endpoints of the demo. Times are seconds here that would be minutes or days in a real catalogue.
        hubs:
          - host: \(DemoScene.hub)
            endpoints:
              # The identity itself: first, so that nothing new flows.
              - id: registry
                kind: iot_hub_registry
                connector: demo-registry
                reverify: []
              # Where the hub routes telemetry to: files with the records of many devices, rewritten without one's.
              # Data may come back; it is looked at once more.
              - id: telemetry-archive
                kind: directory
                settle: PT1S
                reverify: [PT2S]
                settings:
                  path: \(scene.archive.path)
                  layout: routed_messages
                  export_path: \(scene.exports.path)
                  minimum_age_seconds: 0
              # A partner who is called, takes the task, and answers when asked again.
              - id: partner-crm
                kind: event_grid_webhook
                connector: webhook
                actions: [export, erase]
                settle: PT0S
                settings: { url: "http://127.0.0.1:\(ownerPort)/tasks", secret_name: partner, timeout_seconds: 5 }
              # A stream that nobody can delete from: it expires.
              - id: telemetry-stream
                kind: event_hub
                settle: PT0S
                settings: { retention: PT5S, margin: PT0S }
              # A store whose key was rotated: it refuses until somebody mends it and replays.
              - id: cold-store
                kind: other
                connector: demo-cold-store
                stage: sinks
                actions: [erase]
                settle: PT0S
              # A place of which only a person knows.
              - id: former-warehouse
                kind: former_endpoint
                actions: [erase]
                settle: PT0S
              # Last, because everything before wrote the device's name into them.
              - id: resource-logs
                kind: log_storage_archive
                connector: directory
                stage: logs
                settle: PT1S
                reverify: []
                settings:
                  path: \(scene.logs.path)
                  layout: hourly_logs
                  export_path: \(scene.exports.path)
                  minimum_age_seconds: 0
            disclosures: [device_update_telemetry, iot_hub_system_logs]

        """
    }
}
