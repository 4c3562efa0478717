import Testing

struct LengthTests {
    @Test func `no line is longer than 120 characters`() throws {
        var faults: [String] = []
        for path in try Tree.swiftFiles(below: "Sources") + Tree.swiftFiles(below: "Tests") + ["Package.swift"] {
            for (number, line) in try Tree.lines(path).enumerated() where line.count > 120 {
                faults.append("\(path):\(number + 1): \(line.count) characters")
            }
        }
        expectNone(faults, "break these lines")
    }

    @Test func `no source file is longer than 400 lines`() throws {
        var faults: [String] = []
        for path in try Tree.swiftFiles(below: "Sources") + Tree.swiftFiles(below: "Tests") {
            let count = try Tree.lines(path).count - 1
            if count > 400 { faults.append("\(path): \(count) lines") }
        }
        expectNone(faults, "divide these files")
    }

    @Test func `no function is longer than 70 lines`() throws {
        var faults: [String] = []
        for path in try Tree.swiftFiles(below: "Sources") + Tree.swiftFiles(below: "Tests") {
            for function in FunctionScan.functions(in: try Tree.swift(path)) where function.lineCount > 70 {
                faults.append("\(path):\(function.line): \(function.lineCount) lines")
            }
        }
        expectNone(faults, "divide these functions")
    }

    /// So that the rules above cannot pass because they looked at nothing.
    @Test func `the scan sees the project`() throws {
        let paths = try Tree.swiftFiles(below: "Sources")
        #expect(paths.contains("Sources/SagaKernel/Saga/Saga.swift"))
        let functions = try paths.reduce(0) { try $0 + FunctionScan.functions(in: Tree.swift($1)).count }
        #expect(functions > paths.count)
    }
}
