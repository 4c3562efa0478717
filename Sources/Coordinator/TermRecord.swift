import Contract
import SagaKernel

/// The record by which an owner of a partition claims its term, where there are no transactions.
///
/// A status can become known although its snapshot did not, and a former owner can sleep through its successor's
/// restore. An owner that took its term from what it had read could then give the same term and version to another
/// body, and readers that keep the higher of two would keep the wrong one for ever. The order of the log decides
/// instead: a claim counts if no term as high stands before it, and nothing is written by a term before its own claim
/// was read back (`TermClaim`).
struct TermRecord: Hashable {
    /// Can be neither a request id nor the key of a plan.
    static let key = "term"

    var term: Int64
    /// Tells the claims of one term apart: of a lane, a start of its process, and one taking of partitions. Empty in
    /// records of versions that did not tell.
    var owner: String

    var bytes: [UInt8] { Array((owner.isEmpty ? "\(term)" : "\(term) \(owner)").utf8) }

    init(term: Int64, owner: String) {
        self.term = term
        self.owner = owner
    }

    init(_ value: UnsafeRawBufferPointer) throws(SnapshotError) {
        let parts = value.split(separator: UInt8(ascii: " "), maxSplits: 1)
        guard let first = parts.first, let term = Int64(String(decoding: first, as: UTF8.self)), term > 0 else {
            throw .badValue(field: "term")
        }
        self.term = term
        owner = parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : ""
    }
}
