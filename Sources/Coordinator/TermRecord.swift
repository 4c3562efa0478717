import Contract
import SagaKernel

/// The record that says by which term a partition's owner writes.
///
/// Where nothing ties records together, a status can become known although its snapshot did not. An owner that took its
/// term from the snapshots alone could then give the same term and version to another body, and readers that keep the
/// higher of two would keep the wrong one for ever. So each owner makes its term durable before it writes anything.
enum TermRecord {
    /// Can be neither a request id nor the key of a plan.
    static let key = "term"

    static func encode(_ term: Int64) -> [UInt8] { Array(String(term).utf8) }

    static func decode(_ value: UnsafeRawBufferPointer) throws(SnapshotError) -> Int64 {
        guard let term = Int64(String(decoding: value, as: UTF8.self)), term > 0 else { throw .badValue(field: "term") }
        return term
    }
}
