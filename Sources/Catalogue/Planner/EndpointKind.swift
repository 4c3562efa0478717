/// Every kind of place that may hold a device's data (contract §8).
///
/// The names are contract: they stand in catalogues, tasks and statuses. What is possible at each of them is said by
/// `PlannerTable`.
public enum EndpointKind: String, CaseIterable, Sendable {
    case iotHubRegistry = "iot_hub_registry"
    case iotHubBuiltinEndpoint = "iot_hub_builtin_endpoint"
    case iotHubFileUpload = "iot_hub_file_upload"
    case dpsEnrollment = "dps_enrollment"
    case deviceRegistry = "device_registry"

    case storageContainer = "storage_container"
    case cosmosDB = "cosmos_db"
    case serviceBusQueue = "service_bus_queue"
    case serviceBusTopic = "service_bus_topic"
    case eventHub = "event_hub"
    case eventHubCapture = "event_hub_capture"
    case fabricEventStream = "fabric_event_stream"

    case eventGridWebhook = "event_grid_webhook"
    case eventGridFunction = "event_grid_function"
    case eventGridEventHub = "event_grid_event_hub"
    case eventGridServiceBusQueue = "event_grid_service_bus_queue"
    case eventGridServiceBusTopic = "event_grid_service_bus_topic"
    case eventGridStorageQueue = "event_grid_storage_queue"
    case eventGridHybridConnection = "event_grid_hybrid_connection"
    case eventGridMonitorAlert = "event_grid_monitor_alert"
    case eventGridNamespaceTopic = "event_grid_namespace_topic"
    case eventGridPartner = "event_grid_partner"
    case eventGridDeadLetter = "event_grid_dead_letter"

    case logAnalyticsWorkspace = "log_analytics_workspace"
    case logStorageArchive = "log_storage_archive"
    case logEventHub = "log_event_hub"
    case logPartner = "log_partner"

    case deviceUpdate = "device_update"
    case desktopAnalytics = "desktop_analytics"
    case formerEndpoint = "former_endpoint"
    case directory
    case other
}
