import Contract
import RecordLog
import SagaKernel

extension Lane {
    /// Whether a snapshot record was written by an earlier owner than the snapshot that this owner holds.
    func isForeign(_ record: RecordView, over myTerm: Int64) throws(LaneFailure) -> Bool {
        do throws(SnapshotError) {
            // A tombstone bears no term. This owner's own ones leave no memory, so one that meets memory is foreign.
            guard let value = record.value else { return true }
            return try SnapshotCodec.head(of: value).term < myTerm
        } catch {
            throw .unreadableSnapshot(partition: record.partition, error)
        }
    }
}
