import Contract
import Foundation
import SagaKernel
import TestKit
import Testing

/// What the committed topics say after a run: read with the contract's readers, counted apart from the coordinator.
struct ChaosVerdict {
    var tasks = 0
    /// Tasks with ids of their own, however often each was published.
    var distinctTasks = 0
    var repeatedTasks = 0
    var unknownTasks = 0
    var completed = 0
    /// Statuses whose (term, version) was not above that of the one before, of the same request.
    var staleStatuses = 0
    var deadLetters = 0
    var deadLetterCodes: Set<String> = []

    init(_ run: ChaosRun, ids: [RequestID], status: TopicTail) throws {
        let tail = try run.rig.open(run.rig.topics.tasks(connector: "chaos"))
        try tail.readToEnd(seconds: 60)
        var seen: Set<String> = []
        var taskIDs: Set<String> = []
        let known = Set(ids)
        for task in try tail.tasks() {
            tasks += 1
            taskIDs.insert(task.taskID)
            if !known.contains(task.requestID) { unknownTasks += 1 }
            if !seen.insert("\(task.taskID) \(task.epoch) \(task.attempt)").inserted { repeatedTasks += 1 }
        }
        distinctTasks = taskIDs.count
        try status.readToEnd(seconds: 60)
        var newest: [String: StatusDocument] = [:]
        for record in status.records {
            guard let value = record.value else { continue }
            let document = try StatusDocument.decode(value)
            if let before = newest[record.key], (document.term, document.version) <= (before.term, before.version) {
                staleStatuses += 1
                // Readers keep the highest: that is what they are told to do where there are no transactions.
                continue
            }
            newest[record.key] = document
        }
        completed = ids.count { newest[$0.description]?.state == "completed" }
        let letters = try run.rig.open(run.rig.topics.deadLetters)
        try letters.readToEnd(seconds: 30)
        deadLetters = letters.records.count
        deadLetterCodes = Set(
            letters.records.flatMap { $0.headers }.filter { $0.name == "habeas.error.code" }.map(\.value))
    }
}
