import Contract
import RecordLog
import SagaKernel

extension Lane {
    /// Whether a snapshot record was written by an earlier owner than the one that this owner holds.
    func isForeign(_ record: RecordView, over mine: [UInt8]) throws(LaneFailure) -> Bool {
        do throws(SnapshotError) {
            let myTerm = try mine.withUnsafeBytes { bytes in
                Result { () throws(SnapshotError) in try SnapshotCodec.head(of: bytes).term }
            }.get()
            // A tombstone bears no term. This owner's own ones leave no memory, so one that meets memory is foreign.
            guard let value = record.value else { return true }
            return try SnapshotCodec.head(of: value).term < myTerm
        } catch {
            throw .unreadableSnapshot(partition: record.partition, error)
        }
    }
}
