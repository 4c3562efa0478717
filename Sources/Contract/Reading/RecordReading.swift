import RecordLog

/// What reading a record of any type begins with and ends with: its size, its envelope, and whose it is where it is
/// refused.
enum RecordReading {
    /// - Parameters:
    ///   - bytesMaximum: of the value, envelope included where it is structured.
    ///   - idField: where the body names the request.
    ///   - read: gets the body, and what the envelope said.
    @inline(__always)
    static func read<Content>(
        _ type: RecordType, value: UnsafeRawBufferPointer?, headers: UnsafeBufferPointer<HeaderView>,
        bytesMaximum: Int, idField: StaticString,
        _ read: (_ body: UnsafeRawBufferPointer, _ envelope: EnvelopeContent) throws(Refusal) -> Content
    ) -> Result<Content, Refusal> {
        if let value, value.count > bytesMaximum {
            return .failure(Refusal(code: .tooLarge, message: "the record has more bytes than the limit"))
        }
        switch Envelope.open(type, headers: headers, value: value) {
        case .failure(let refusal):
            // In binary and bare mode the value is the body. The members of a structured event have other names.
            guard let value else { return .failure(refusal) }
            return .failure(refusal.naming(idField, in: value))
        case .success(let envelope):
            return envelope.withData { body in
                do throws(Refusal) {
                    return .success(try read(body, envelope))
                } catch {
                    return .failure(error.naming(idField, in: body))
                }
            }
        }
    }
}
