import SagaKernel
import Testing

@testable import habeas

struct TerminalTests {
    private static let times: [(Int64, String)] = [
        (0, "now"), (400, "now"), (30_000, "in 30 s"), (-59_400, "59 s ago"), (-90_000, "1 min 30 s ago"),
        (12 * 60_000, "in 12 min"), (-Milliseconds.hour, "1 h ago"), (3 * Milliseconds.hour + 240_000, "in 3 h 4 min"),
        (3 * Milliseconds.day + 4 * Milliseconds.hour, "in 3 d 4 h"), (-120 * Milliseconds.day, "120 d ago"),
    ]

    @Test(arguments: times)
    func `a time is told by its two largest units`(_ offset: Int64, _ text: String) {
        let now = Samples.now
        #expect(RelativeTime.text(now.adding(milliseconds: offset), now: now) == text)
    }

    @Test func `the absolute time leaves out seconds that say nothing`() {
        #expect(RelativeTime.absolute(Samples.now) == "2026-11-02 18:00Z")
        #expect(RelativeTime.absolute(Samples.now.adding(milliseconds: 1_250)) == "2026-11-02 18:00:01Z")
        #expect(RelativeTime.both("nonsense", now: Samples.now) == "nonsense")
    }

    @Test func `columns are aligned, empty ones left out, and nothing trails`() {
        var table = Table([
            .init(title: "NAME"), .init(title: "EMPTY"), .init(title: "COUNT", alignment: .right), .init(title: "NOTE"),
        ])
        table.append(["a", "", "1", "first"])
        table.append(["longer", "", "1000", ""])
        #expect(
            table.lines(width: nil, colours: false) == [
                "NAME    COUNT  NOTE", "a           1  first", "longer   1000",
            ])
    }

    @Test func `a narrow terminal shrinks the widest column first, then drops the dispensable ones`() {
        var table = Table([
            .init(title: "ID"), .init(title: "TEXT", minimum: 6), .init(title: "KIND", dispensable: 1),
            .init(title: "MORE", dispensable: 2),
        ])
        table.append(["12345678", "a rather long text", "kind", "more"])
        #expect(table.lines(width: 40, colours: false)[1] == "12345678  a rather long text  kind  more")
        #expect(table.lines(width: 36, colours: false)[1] == "12345678  a rather long…  kind  more")
        #expect(table.lines(width: 23, colours: false)[1] == "12345678  a rather lon…")
        #expect(table.lines(width: 16, colours: false)[1] == "12345678  a rat…")
        #expect(table.lines(width: 5, colours: false)[1] == "12345678  a rat…")
    }

    @Test func `wide and combining characters are counted as terminals show them`() {
        #expect(TextWidth.columns("日本") == 4)
        #expect(TextWidth.columns("e\u{301}") == 1)
        #expect(TextWidth.truncated("日本語", to: 5) == "日本…")
        #expect(TextWidth.truncated("short", to: 5) == "short")
    }

    @Test func `text from outside cannot move the cursor or turn the line around`() {
        #expect(Styled("a\u{1B}[2Jb\nc\u{202E}d\u{9B}e").text == "a?[2Jb c?d?e")
    }

    @Test func `colours appear only where they are wanted`() {
        #expect(Styled("x", .bad).rendered(colours: true) == "\u{1B}[31mx\u{1B}[0m")
        #expect(Styled("x", .bad).rendered(colours: false) == "x")
        #expect(TerminalFacts.coloursWanted(outIsTerminal: true, environment: [:]))
        #expect(TerminalFacts.coloursWanted(outIsTerminal: true, environment: ["NO_COLOR": ""]))
        #expect(!TerminalFacts.coloursWanted(outIsTerminal: true, environment: ["NO_COLOR": "0"]))
        #expect(!TerminalFacts.coloursWanted(outIsTerminal: true, environment: ["TERM": "dumb"]))
        #expect(!TerminalFacts.coloursWanted(outIsTerminal: false, environment: [:]))
    }

    @Test(arguments: [("y", true), ("YES", true), ("", false), ("n", false), ("yep", false)])
    func `only a clear yes is a yes`(_ answer: String, _ expected: Bool) throws {
        var terminal = TerminalFacts.none
        terminal.inIsTerminal = true
        let world = FakeWorld(terminal: terminal, input: [answer])
        #expect(try Prompt.confirm("Really?", yes: false, console: world.context.console) == expected)
        #expect(world.error == "Really? [y/N] ")
    }

    @Test func `the end of the input is a no, and without a terminal the flag is needed`() throws {
        var terminal = TerminalFacts.none
        terminal.inIsTerminal = true
        #expect(try !Prompt.confirm("Really?", yes: false, console: FakeWorld(terminal: terminal).context.console))
        let blind = FakeWorld(input: ["y"])
        #expect(throws: CommandFailure.self) {
            try Prompt.confirm("Really?", yes: false, console: blind.context.console)
        }
        #expect(try Prompt.confirm("Really?", yes: true, console: blind.context.console))
    }

    @Test func `a picture is redrawn in place on a terminal, and cut to its height`() {
        var terminal = TerminalFacts.none
        terminal.outIsTerminal = true
        terminal.height = 4
        let world = FakeWorld(terminal: terminal)
        var redraw = Redraw()
        redraw.show(["1", "2", "3", "4", "5"], on: world.context.console)
        #expect(world.out == "\u{1B}[H1\u{1B}[K\n2\u{1B}[K\n… 3 more lines\u{1B}[K\n\u{1B}[J")
    }

    @Test func `elsewhere a picture is printed again only when it changed`() {
        let world = FakeWorld()
        var redraw = Redraw()
        redraw.show(["1"], on: world.context.console)
        redraw.show(["1"], on: world.context.console)
        redraw.show(["2"], on: world.context.console)
        #expect(world.out == "1\n\n2\n")
    }
}
