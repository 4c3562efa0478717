import Contract
import Foundation
import SagaKernel

/// Where a page ended: the place of its last request in the order of (due time, id), bound to the question that was
/// asked. Opaque to clients: base64url of 32 bytes.
struct PageCursor: Equatable {
    private static let format: UInt8 = 1
    private static let byteCount = 1 + 8 + 16 + 7

    var dueMs: Int64
    var id: RequestID

    /// In front of every request.
    static let start = PageCursor(dueMs: .min, id: RequestID(high: 0, low: 0))

    init(dueMs: Int64, id: RequestID) {
        self.dueMs = dueMs
        self.id = id
    }

    /// Nil for anything but a cursor that was made for the same question. It guards nothing (whoever may ask may ask
    /// for any page), so the mark need not be secret: it only has to notice a mistake.
    init?(text: String, query: StatusQuery) {
        guard text.utf8.count <= 64 else { return nil }
        var base64 = text.replacing("-", with: "+").replacing("_", with: "/")
        while base64.utf8.count % 4 != 0 { base64 += "=" }
        guard let data = Data(base64Encoded: base64), data.count == Self.byteCount, data[0] == Self.format else {
            return nil
        }
        let dueMs = data.withUnsafeBytes { Int64(bigEndian: $0.loadUnaligned(fromByteOffset: 1, as: Int64.self)) }
        guard let id = RequestID(blob: data[9..<25]) else { return nil }
        self.init(dueMs: dueMs, id: id)
        guard Array(data[25...]) == mark(of: query), self.text(for: query) == text else { return nil }
    }

    func text(for query: StatusQuery) -> String {
        var data = Data([Self.format])
        withUnsafeBytes(of: dueMs.bigEndian) { data.append(contentsOf: $0) }
        data.append(id.blob)
        data.append(contentsOf: mark(of: query))
        return data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// Seven bytes over the conditions and the place.
    ///
    /// Of the deadline's bound only that there is one: it cuts the order off at its end and moves no place in it, and
    /// whoever asks for "the next three days" has another bound with every page.
    private func mark(of query: StatusQuery) -> [UInt8] {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func mix(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        for field in [query.state, query.endpoint, query.dueBeforeMs.map { _ in "" }, query.subjectRef] {
            mix(field == nil ? 0 : 1)
            for byte in (field ?? "").utf8 { mix(byte) }
            mix(0)
        }
        for word in [UInt64(bitPattern: dueMs), id.high, id.low] {
            withUnsafeBytes(of: word) { for byte in $0 { mix(byte) } }
        }
        return withUnsafeBytes(of: hash.bigEndian) { Array($0.dropFirst()) }
    }
}
