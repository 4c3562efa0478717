/// How far a long piece of work has come, on the standard error so that the output stays clean.
///
/// On a terminal one line is drawn over and over; elsewhere a line is written at the end alone.
struct Progress {
    private let console: Console
    private let what: String
    private let total: Int
    private var done = 0

    init(_ what: String, total: Int, console: Console) {
        self.what = what
        self.total = total
        self.console = console
    }

    mutating func advance(by count: Int = 1, note: String = "") {
        done += count
        draw(note)
    }

    /// Shows the same count with another note.
    func draw(_ note: String) {
        guard console.terminal.errorIsTerminal else { return }
        let text = TextWidth.printable("\(what) \(done)/\(total)\(note.isEmpty ? "" : "  \(note)")")
        let line = TextWidth.truncated(text, to: (console.terminal.width ?? 80) - 1)
        console.writeError("\r\(line)\u{1B}[K")
    }

    func end() {
        if console.terminal.errorIsTerminal { console.writeError("\r\u{1B}[K") }
        console.error("\(what) \(done)/\(total)")
    }
}
