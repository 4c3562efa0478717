import Contract
import Coordinator
import SagaKernel

extension Settings {
    /// The largest record that the limits allow, in bytes: what topics and clients must take.
    func recordBytesNeeded() throws(ConfigurationFaults) -> Int {
        var lane = LaneSettings(topics: TopicNames(prefix: ""))
        lane.requestLimits = RequestLimits(requestBytes: try need(integer(.limitsRequestBytes), .limitsRequestBytes))
        lane.rules.tasksMax = try need(integer(.limitsTasks), .limitsTasks)
        lane.rules.keptBytesMax = try need(integer(.limitsKeptBytes), .limitsKeptBytes)
        return lane.recordBytesNeeded
    }
}
