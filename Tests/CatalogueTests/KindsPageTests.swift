import Catalogue
import Foundation
import Testing

struct KindsPageTests {
    /// `HABEAS_WRITE_PAGES=1 swift test --filter KindsPageTests` writes the page anew.
    @Test func `the page of the kinds says what the planner's table says`() throws {
        let page = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Sources/Catalogue/Catalogue.docc/Kinds.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let head = try #require(text.range(of: "\n| kind |")).lowerBound
        let expected = text[...head] + PlannerTable.markdown
        if ProcessInfo.processInfo.environment["HABEAS_WRITE_PAGES"] == "1" {
            try expected.write(to: page, atomically: true, encoding: .utf8)
        }
        #expect(text == expected)
    }
}
