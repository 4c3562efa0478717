/// Shows a picture that changes: in place on a terminal, one below the other elsewhere and only when it changed.
struct Redraw {
    private var last: [String]?

    /// - Parameter lines: of any width; a terminal narrower than a line would wrap it and spoil the next redrawing, so
    ///   the caller cuts them.
    mutating func show(_ lines: [String], on console: Console) {
        guard console.terminal.outIsTerminal else {
            guard lines != last else { return }
            if last != nil { console.out() }
            last = lines
            for line in lines { console.out(line) }
            return
        }
        last = lines
        var visible = lines
        if let height = console.terminal.height, visible.count > height - 1 {
            let hidden = visible.count - (height - 2)
            visible = Array(visible.prefix(max(0, height - 2))) + ["… \(hidden) more lines"]
        }
        // Home, then each line cleared behind its end, then everything below: no flicker, unlike clearing first.
        let body = visible.map { $0 + "\u{1B}[K\n" }.joined()
        console.writeOut("\u{1B}[H" + body + "\u{1B}[J")
    }

    /// Makes room for the first picture.
    static func begin(on console: Console) {
        if console.terminal.outIsTerminal { console.writeOut("\u{1B}[2J") }
    }
}
