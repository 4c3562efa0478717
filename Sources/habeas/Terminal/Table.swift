/// Rows under headings, aligned, and cut to the width of the terminal where there is one.
struct Table: Sendable {
    enum Alignment: Sendable {
        case left, right
    }

    struct Column: Sendable {
        var title: String
        var alignment: Alignment = .left
        /// How far it may shrink when the terminal is narrow; nil: not at all.
        var minimum: Int?
        /// Left out, from the highest down, when shrinking is not enough; 0: never.
        var dispensable = 0
    }

    var columns: [Column]
    private(set) var rows: [[Styled]] = []

    init(_ columns: [Column]) { self.columns = columns }

    /// A cell for each column; missing ones are empty.
    mutating func append(_ cells: [Styled]) {
        rows.append(Array((cells + Array(repeating: "", count: columns.count)).prefix(columns.count)))
    }

    private static let gap = 2

    /// Lines without blanks at their ends. Columns in which every cell is empty are left out.
    func lines(width: Int?, colours: Bool) -> [String] {
        var shown = columns.indices.filter { index in rows.contains { !$0[index].text.isEmpty } }
        var widths = natural(shown)
        if let width {
            widths = fit(&shown, width: width)
        }
        let heading = columns.map { Styled($0.title, .strong) }
        return ([heading] + rows).map { line($0, shown, widths, colours) }
    }

    private func natural(_ shown: [Int]) -> [Int: Int] {
        var widths: [Int: Int] = [:]
        for index in shown {
            let cells = rows.map { TextWidth.columns($0[index].text) }
            widths[index] = max(TextWidth.columns(columns[index].title), cells.max() ?? 0)
        }
        return widths
    }

    /// Shrinks a little what may shrink; leaves out what may be left out; and shrinks the rest as far as it may. A
    /// table with fewer columns says more than one in which every cell is cut.
    private func fit(_ shown: inout [Int], width: Int) -> [Int: Int] {
        while true {
            let natural = natural(shown)
            let comfortable = shrink(natural, shown, to: width) { max($0, natural[$1, default: 0] * 3 / 4) }
            if total(comfortable) <= width { return comfortable }
            let dispensable = shown.filter { columns[$0].dispensable > 0 }
            guard let victim = dispensable.max(by: { columns[$0].dispensable < columns[$1].dispensable }) else {
                return shrink(natural, shown, to: width) { minimum, _ in minimum }
            }
            shown.removeAll { $0 == victim }
        }
    }

    /// Takes from the widest column that may still give, one by one.
    private func shrink(
        _ natural: [Int: Int], _ shown: [Int], to width: Int, least: (_ minimum: Int, _ column: Int) -> Int
    ) -> [Int: Int] {
        var widths = natural
        while total(widths) > width {
            let giving = shown.filter { index in
                columns[index].minimum.map { widths[index, default: 0] > least($0, index) } ?? false
            }
            guard let widest = giving.max(by: { widths[$0, default: 0] < widths[$1, default: 0] }) else { break }
            widths[widest, default: 0] -= 1
        }
        return widths
    }

    private func total(_ widths: [Int: Int]) -> Int {
        widths.values.reduce(0, +) + Table.gap * max(0, widths.count - 1)
    }

    private func line(_ cells: [Styled], _ shown: [Int], _ widths: [Int: Int], _ colours: Bool) -> String {
        var line = ""
        var pending = 0
        for index in shown {
            var cell = cells[index]
            let width = widths[index, default: 0]
            cell.text = TextWidth.truncated(cell.text, to: width)
            let padding = width - TextWidth.columns(cell.text)
            if columns[index].alignment == .right { pending += padding }
            if !cell.text.isEmpty {
                line += String(repeating: " ", count: pending) + cell.rendered(colours: colours)
                pending = 0
            }
            pending += Table.gap + (columns[index].alignment == .left ? padding : 0)
        }
        return line
    }
}
