import Contract
import FuzzKit
import SagaKernel
import TestSeed
import Testing

/// The fast paths for ids against the plain ones of the kernel.
@Suite struct FixedTextTests {
    private static func fast(_ text: String) -> RequestID? {
        var json = JSONWriter()
        json.beginObject()
        json.name("request_id")
        json.string(text)
        for name in ["term", "version", "home_partition"] as [StaticString] {
            json.name(name)
            json.integer(1)
        }
        json.name("state")
        json.string(plain: "failed")
        json.endObject()
        return StatusHead.read(json.bytes)?.requestID
    }

    private static func written(_ id: RequestID) -> String? {
        var json = JSONWriter()
        json.id(id)
        return (try? JSONTree(bytes: json.bytes))?.text
    }

    @Test func `any id is written and read as the kernel does it`() {
        var random = SeededRandom(seed: 5)
        for _ in 0..<2_000 {
            let id = RequestID(high: random.next(), low: random.next())
            #expect(Self.written(id) == id.description)
            #expect(Self.fast(id.description) == id)
            #expect(Self.fast(id.description.uppercased()) == id)
            let ref = SubjectRef(random.next(), random.next(), random.next(), random.next())
            #expect(SubjectRef(text: ref.text) == ref)
            let words = [ref.words.0, ref.words.1, ref.words.2, ref.words.3]
            #expect(ref.text == "hmac-sha256:" + words.map(Self.hexadecimal).joined())
        }
    }

    private static func hexadecimal(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// By the shortest way to the reader: there are many to try.
    private static func isNone(_ id: [UInt8]) -> Bool {
        StatusHead.read(
            Array(#"{"term":1,"version":1,"home_partition":1,"state":"x","request_id":""#.utf8) + id + [0x22, 0x7D])
            == nil
    }

    /// Every byte value at every place, so that no neighbour of a digit passes for one.
    @Test func `one wrong character makes an id none`() {
        let text = Array(Fixture.idText.unicodeScalars)
        for place in text.indices {
            for byte in 0..<128 {
                var changed = text
                changed[place] = Unicode.Scalar(UInt8(byte))
                let string = String(String.UnicodeScalarView(changed))
                #expect(Self.fast(string) == RequestID(string), "\(byte) at \(place)")
            }
        }
        for scalar in (0x80 as UInt32)..<0x800 {
            for place in 0..<35 {
                var bytes = Array(Fixture.idText.utf8)
                bytes.replaceSubrange(place..<place + 2, with: Array(String(Unicode.Scalar(scalar) ?? "x").utf8))
                #expect(Self.isNone(bytes), "\(scalar) at \(place)")
            }
        }
        for length in [0, 1, 35, 37, 72] {
            #expect(Self.fast(String(repeating: "a", count: length)) == nil)
        }
    }
}
