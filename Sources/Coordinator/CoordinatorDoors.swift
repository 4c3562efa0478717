import RecordLog

/// Readers of this module that nothing outside needs but the fuzzer.
package enum CoordinatorDoors {
    /// Takes records of the topic `sagas` as a restore does.
    ///
    /// - Returns: why they cannot be taken, as a lane would say it; nil where they can.
    package static func restore(_ records: [(key: [UInt8], value: [UInt8]?)]) -> String? {
        let loading = Loading(partitions: [0], owner: "nobody")
        do throws(LaneFailure) {
            for (offset, record) in records.enumerated() { try take(record, Int64(offset), loading) }
            _ = try loading.finish()
            return nil
        } catch { return "\(error)" }
    }

    private static func take(
        _ record: (key: [UInt8], value: [UInt8]?), _ offset: Int64, _ loading: Loading
    ) throws(LaneFailure) {
        func take(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) -> Result<Void, LaneFailure> {
            Result { () throws(LaneFailure) in
                var view = RecordView(
                    topic: 0, partition: 0, offset: offset, timestampMs: nil, key: key, value: value,
                    headers: UnsafeBufferPointer(start: nil, count: 0))
                try withUnsafePointer(to: &view) { (one) throws(LaneFailure) in
                    try loading.take(UnsafeBufferPointer(start: one, count: 1))
                }
            }
        }
        try record.key.withUnsafeBytes { key in
            guard let value = record.value else { return take(key, nil) }
            return value.withUnsafeBytes { take(key, $0) }
        }.get()
    }
}
