/// What happened, line by line where somebody wants to read it, and as one number in every case.
final class Trace {
    let isOn: Bool
    private(set) var lines: [String] = []
    /// Over every record that was written, in order: equal for two runs that are the same.
    private(set) var fingerprint: UInt64 = 0xCBF2_9CE4_8422_2325
    private(set) var records = 0
    private var isClosed = false

    init(isOn: Bool) { self.isOn = isOn }

    func note(_ nowMs: Int64, _ who: String, _ what: @autoclosure () -> String) {
        guard isOn, !isClosed else { return }
        lines.append("\(Trace.text(nowMs)) \(who): \(what())")
    }

    /// Nothing is added behind the first violation.
    func close(_ nowMs: Int64, _ violation: String) {
        note(nowMs, "VIOLATION", violation)
        isClosed = true
    }

    func appended(_ nowMs: Int64, _ place: Place, _ offset: Int64, _ record: SimulatedRecord, transaction: Int?) {
        records += 1
        mix(nowMs)
        mix(offset)
        mix(place.topic.utf8)
        mix(Int64(place.partition))
        mix(record.key ?? [])
        mix(record.value ?? [])
        let bytes = record.value.map { "\($0.count) bytes" } ?? "tombstone"
        let scope = transaction.map { "transaction \($0)" } ?? "no transaction"
        let key = String(decoding: record.key ?? [], as: UTF8.self)
        note(nowMs, "log", "\(place.topic)/\(place.partition)@\(offset) \(key), \(bytes), \(scope)")
    }

    private func mix(_ number: Int64) {
        var left = UInt64(bitPattern: number)
        for _ in 0..<8 {
            fingerprint = (fingerprint ^ (left & 0xFF)) &* 0x0000_0100_0000_01B3
            left >>= 8
        }
    }

    private func mix(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { fingerprint = (fingerprint ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    }

    /// Virtual time as `h:mm:ss.mmm`.
    static func text(_ nowMs: Int64) -> String {
        func padded(_ number: Int64, _ width: Int) -> String {
            String(repeating: "0", count: max(0, width - String(number).count)) + String(number)
        }
        let (hours, minutes) = (nowMs / 3_600_000, nowMs / 60_000 % 60)
        return "\(hours):\(padded(minutes, 2)):\(padded(nowMs / 1_000 % 60, 2)).\(padded(nowMs % 1_000, 3))"
    }
}
