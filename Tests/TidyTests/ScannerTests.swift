import Testing

/// The scanners are tests' tools, and tools that see nothing would let everything pass.
struct ScannerTests {
    @Test func `comments, strings and quoted names are not code`() {
        let text = SwiftText(
            ##"""
            let a = "func {" // fatalError(
            /* { /* { */ } */ let b = #"} \#(f("{")) {"#
            func `a } b`() { let c = """
                {{ \(a) "
                """ }
            """##)
        let code = text.lines
        #expect(code.count == 5)
        #expect(code.joined().filter { $0 == "{" }.count == 1)
        #expect(code.joined().filter { $0 == "}" }.count == 1)
        #expect(!code.joined().contains("fatalError"))
        #expect(code[1].contains("f("))
        #expect(code[3].contains("a"))
    }

    @Test func `a function is measured from its first line to its closing brace`() {
        let text = SwiftText(
            """
            protocol P {
                func required(_ a: () -> Void) throws
                init()
            }
            struct S {
                init(
                    a: [Int] = { [] }()
                ) {
                    self.init(b: .init())
                }
                func run() -> Int { 1 }
                subscript(index: Int) -> Int {
                    get { index }
                }
            }
            """)
        let functions = FunctionScan.functions(in: text)
        #expect(
            functions == [
                FunctionScan.Function(line: 6, lineCount: 5), FunctionScan.Function(line: 11, lineCount: 1),
                FunctionScan.Function(line: 12, lineCount: 3),
            ])
    }

    @Test func `a function with an inner one is measured as a whole`() {
        let functions = FunctionScan.functions(in: SwiftText("func a() {\n    func b() {\n    }\n}\n"))
        #expect(functions.map(\.lineCount) == [4, 2])
    }

    @Test func `a banned call is found in code and not in a comment`() {
        let rule = BannedText(pattern: "fatalError(", instead: "throw")
        #expect(
            rule.faults(in: "a.swift", SwiftText("// fatalError(\nlet a = 1\nfatalError(\"x\")\n")).map(\.line) == [3])
        let word = BannedText(pattern: "as!", instead: "as?")
        #expect(word.faults(in: "a.swift", SwiftText("let b = a as! Int\nlet c = alas!\n")).map(\.line) == [1])
    }

    @Test func `imports are found with their access level and kind`() {
        let imports = ImportScan.modules(
            in: SwiftText("public import A\n@testable import B\ninternal import struct C.D\n// import E\nimport F.G\n"))
        #expect(imports == ["A", "B", "C", "F"])
    }

    @Test func `links of a page are found outside of code`() {
        let page = Markdown(text: "# T\n[a](b.md) `[c](d.md)`\n```\n[e](f.md)\n```\n[g](h.md#part) [i](https://j)\n")
        #expect(page.links == ["b.md", "h.md"])
        #expect(page.headings == ["# T"])
    }
}
