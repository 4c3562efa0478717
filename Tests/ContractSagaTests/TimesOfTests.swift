import Foundation
import SagaKernel

extension Timestamp {
    /// What Foundation reads in a time of the wire; nil where it reads none.
    init?(foundation text: String?) {
        guard let text else { return nil }
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains("."))
        guard let date = try? style.parse(text) else { return nil }
        self.init(milliseconds: Int64((date.timeIntervalSince1970 * 1_000).rounded()))
    }
}

/// Lower-case hexadecimal, as Foundation writes it.
func hexadecimal(_ ref: SubjectRef) -> String {
    [ref.words.0, ref.words.1, ref.words.2, ref.words.3].map { String(format: "%016lx", $0) }.joined()
}
