import Contract
import FuzzKit
import SagaKernel
import Testing

@Suite struct StatusHeadTests {
    @Test func `the head of a status is what the whole says`() throws {
        for golden in try Golden.all(.status) where golden.expect["read"] != nil {
            let bytes = try #require(golden.wire.value)
            let head = try #require(StatusHead.read(bytes))
            let document = try StatusDocument.decode(bytes)
            #expect(head.requestID.description == document.requestID)
            #expect(head.rank == document.rank)
            #expect(head.homePartition == document.homePartition)
            #expect(head.state == document.state)
        }
    }

    @Test func `term counts before version`() {
        let ranks = [(1, 1), (1, 2), (1, 10), (2, 1), (2, 7), (3, 0)].map { StatusRank(term: $0, version: $1) }
        #expect(ranks.shuffled().sorted() == ranks)
        #expect(!(ranks[0] < ranks[0]))
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"request_id":"x","term":1,"version":1,"home_partition":0,"state":"failed"}"#,
        #"{"request_id":"a7551968-d5d6-44b2-9831-815ac9017798","term":1,"version":1,"home_partition":0}"#,
        #"{"request_id":"a7551968-d5d6-44b2-9831-815ac9017798","term":1,"version":1,"home_partition":0,"state":"x"} x"#,
    ])
    func `what is no status has no head`(_ text: String) {
        #expect(StatusHead.read(Array(text.utf8)) == nil)
    }
}
