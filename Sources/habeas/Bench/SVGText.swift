import Foundation

/// A drawing as text: lines, bars and words, in colours that can be seen on white and on black.
struct SVGText {
    /// Of words, axes and grids; a middle grey.
    static let ink = "#808080"
    static let series = ["#3b82c4", "#d9822b", "#4d9e5f", "#b05fb5"]

    private var body: [String] = []

    mutating func text(
        _ text: String, x: Double, y: Double, size: Int = 11, anchor: String = "start", isStrong: Bool = false,
        turned: Bool = false
    ) {
        let turn = turned ? " transform=\"rotate(-90 \(number(x)) \(number(y)))\"" : ""
        let weight = isStrong ? " font-weight=\"600\"" : ""
        body.append(
            "<text x=\"\(number(x))\" y=\"\(number(y))\" font-size=\"\(size)\" text-anchor=\"\(anchor)\""
                + "\(weight)\(turn)>\(escaped(text))</text>")
    }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, isFaint: Bool = false) {
        let opacity = isFaint ? " stroke-opacity=\"0.25\"" : ""
        body.append(
            "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\" "
                + "stroke=\"\(Self.ink)\"\(opacity)/>")
    }

    mutating func bar(x: Double, y: Double, width: Double, height: Double, colour: String) {
        body.append(
            "<rect x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(width))\" height=\"\(number(height))\" "
                + "fill=\"\(colour)\"/>")
    }

    mutating func path(_ points: [(x: Double, y: Double)], colour: String) {
        let text = points.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
        body.append("<polyline points=\"\(text)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\"/>")
        for point in points {
            body.append("<circle cx=\"\(number(point.x))\" cy=\"\(number(point.y))\" r=\"3\" fill=\"\(colour)\"/>")
        }
    }

    func document(width: Int, height: Int, title: String) -> String {
        let head = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(height)\"",
            " width=\"\(width)\" height=\"\(height)\" font-family=\"system-ui, sans-serif\" fill=\"\(Self.ink)\""
                + " role=\"img\">",
            "<title>\(escaped(title))</title>",
        ]
        return (head + body + ["</svg>", ""]).joined(separator: "\n")
    }

    /// At most one digit behind the point: an SVG need not be finer than a screen.
    private func number(_ value: Double) -> String {
        let tenths = (value * 10).rounded() / 10
        return tenths == tenths.rounded() ? String(Int(tenths)) : String(tenths)
    }

    private func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
    }
}

/// One diagram of a chart: bars in groups, or lines over a number.
struct ChartPanel: Hashable, Sendable {
    struct Series: Hashable, Sendable {
        var name: String
        /// One for each of the panel's places; nil where there is none.
        var values: [Double?]
    }

    enum Kind: Hashable, Sendable {
        case bars
        case lines
    }

    var title: String
    var kind: Kind
    /// With its unit.
    var yLabel: String
    var xLabel: String
    /// Names of the groups, or of the steps of a number that grows by factors: they stand at equal distances.
    var places: [String]
    var series: [Series]

    static let (width, height) = (430.0, 260.0)
    private static let (left, right, top, bottom) = (62.0, 14.0, 48.0, 46.0)

    func draw(on svg: inout SVGText, x: Double, y: Double) {
        let plot = (
            x: x + Self.left, y: y + Self.top, width: Self.width - Self.left - Self.right,
            height: Self.height - Self.top - Self.bottom
        )
        let most = series.flatMap(\.values).compactMap { $0 }.max() ?? 1
        let step = Self.step(upTo: most)
        let scale = plot.height / (step * (most / step).rounded(.up))
        svg.text(title, x: x + 10, y: y + 18, size: 13, isStrong: true)
        drawLegend(on: &svg, x: x + Self.left, y: y + 36)
        var mark = 0.0
        while mark * scale <= plot.height + 0.1 {
            let height = plot.y + plot.height - mark * scale
            svg.line(plot.x, height, plot.x + plot.width, height, isFaint: mark > 0)
            svg.text(Self.short(mark), x: plot.x - 6, y: height + 4, size: 10, anchor: "end")
            mark += step
        }
        let middle = plot.y + plot.height / 2
        svg.text(yLabel, x: x + 14, y: middle, anchor: "middle", turned: true)
        svg.text(xLabel, x: plot.x + plot.width / 2, y: y + Self.height - 8, anchor: "middle")
        let slot = plot.width / Double(max(places.count, 1))
        for (index, place) in places.enumerated() {
            let centre = plot.x + (Double(index) + 0.5) * slot
            svg.text(place, x: centre, y: plot.y + plot.height + 15, size: 10, anchor: "middle")
        }
        for (number, line) in series.enumerated() {
            let colour = SVGText.series[number % SVGText.series.count]
            let points = line.values.enumerated().compactMap { index, value in
                value.map { (index: index, height: $0 * scale) }
            }
            switch kind {
            case .bars:
                let width = slot * 0.7 / Double(series.count)
                for point in points {
                    let start = plot.x + (Double(point.index) + 0.15) * slot + Double(number) * width
                    svg.bar(
                        x: start, y: plot.y + plot.height - point.height, width: width - 2, height: point.height,
                        colour: colour)
                }
            case .lines:
                svg.path(
                    points.map {
                        (plot.x + (Double($0.index) + 0.5) * slot, plot.y + plot.height - $0.height)
                    }, colour: colour)
            }
        }
    }

    private func drawLegend(on svg: inout SVGText, x: Double, y: Double) {
        guard series.count > 1 else { return }
        var place = x
        for (number, line) in series.enumerated() {
            let colour = SVGText.series[number % SVGText.series.count]
            svg.bar(x: place, y: y - 8, width: 9, height: 9, colour: colour)
            svg.text(line.name, x: place + 13, y: y, size: 10)
            place += 28 + Double(line.name.count) * 6
        }
    }

    /// Marks at 1, 2 or 5 times a power of ten, four to eight of them.
    static func step(upTo most: Double) -> Double {
        guard most > 0 else { return 1 }
        var step = pow(10, log10(most).rounded(.down) - 1)
        for factor in [2.0, 2.5, 2.0] where most / step > 8 { step *= factor }
        while most / step > 8 { step *= 2 }
        return step
    }

    static func short(_ value: Double) -> String {
        switch value {
        case 1_000_000...: String(format: "%g M", value / 1_000_000)
        case 10_000...: String(format: "%g k", value / 1_000)
        default: String(format: "%g", (value * 1_000).rounded() / 1_000)
        }
    }
}
