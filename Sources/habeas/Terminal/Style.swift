/// How a piece of text is set off from others.
enum Tone: Hashable, Sendable {
    case plain
    case strong
    case faint
    /// Done.
    case good
    /// Under way or waiting.
    case busy
    /// Wants attention soon.
    case warning
    /// Wants an operator.
    case bad

    /// SGR parameters.
    fileprivate var code: String? {
        switch self {
        case .plain: nil
        case .strong: "1"
        case .faint: "2"
        case .good: "32"
        case .busy: "36"
        case .warning: "33"
        case .bad: "31"
        }
    }
}

/// A piece of text with its tone.
struct Styled: Hashable, Sendable, ExpressibleByStringInterpolation {
    var text: String
    var tone: Tone

    /// Control characters become spaces or `?`: texts of workers and brokers must not move the cursor of whoever reads
    /// them.
    init(_ text: String, _ tone: Tone = .plain) {
        self.text = TextWidth.printable(text)
        self.tone = tone
    }

    init(stringLiteral value: String) { self.init(value) }

    func rendered(colours: Bool) -> String {
        guard colours, let code = tone.code, !text.isEmpty else { return text }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }
}
