/// One entry of a folder, in the file system's own bytes: not necessarily UTF-8, and never with a slash.
struct FileName: Hashable, Comparable, Sendable {
    /// Without the terminating zero.
    let bytes: [UInt8]

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// Calls `body` with the name as a C string.
    func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        var terminated = bytes.map { CChar(bitPattern: $0) }
        terminated.append(0)
        return terminated.withUnsafeBufferPointer { buffer in
            // The buffer is never empty: it holds at least the zero.
            body(buffer.baseAddress!)
        }
    }

    /// Left in the root of a tree by an erasure that removed its last file: a missing mount has no such file.
    static let emptied = FileName(".habeas-emptied")

    func hasSuffix(_ suffix: [UInt8]) -> Bool {
        bytes.count >= suffix.count && bytes.suffix(suffix.count).elementsEqual(suffix)
    }

    /// A name that no other program gives: `.habeas-<purpose>-<16 hexadecimal digits>.tmp`.
    static func temporary(_ purpose: Purpose) -> FileName {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        let padded = String(repeating: "0", count: 16 - digits.count) + digits
        return FileName(purpose.prefix + padded + ".tmp")
    }

    func isTemporary(_ purpose: Purpose) -> Bool {
        let prefix = Array(purpose.prefix.utf8)
        guard bytes.starts(with: prefix), hasSuffix(Array(".tmp".utf8)), bytes.count == prefix.count + 20 else {
            return false
        }
        return bytes.dropFirst(prefix.count).prefix(16).allSatisfy {
            (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
        }
    }

    enum Purpose {
        case rewrite, export

        var prefix: String {
            switch self {
            case .rewrite: ".habeas-rewrite-"
            case .export: ".habeas-export-"
            }
        }
    }

    static func < (left: FileName, right: FileName) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
