import Foundation

/// A folder of a test's own, removed with it. Names are bytes: the tests need some that are no text.
final class TemporaryTree: @unchecked Sendable {
    // Written once, in init.
    let path: String

    init() throws {
        let template = FileManager.default.temporaryDirectory.appendingPathComponent("tree-XXXXXX").path
        var bytes = Array(template.utf8CString)
        guard let made = mkdtemp(&bytes), let resolved = realpath(made, nil) else { throw POSIXFault(number: errno) }
        defer { free(resolved) }
        path = String(cString: resolved)
    }

    deinit {
        // A folder that stays behind fails nothing.
        _ = try? FileManager.default.removeItem(atPath: path)
    }

    func write(_ name: String, _ text: String) throws { try write(Array(name.utf8), Array(text.utf8)) }

    func write(_ name: String, _ bytes: [UInt8]) throws { try write(Array(name.utf8), bytes) }

    func write(_ name: [UInt8], _ bytes: [UInt8]) throws {
        let folders = name.split(separator: UInt8(ascii: "/")).dropLast()
        var folder: [UInt8] = []
        for part in folders {
            folder += (folder.isEmpty ? [] : [UInt8(ascii: "/")]) + part
            try check(at(folder) { mkdir($0, 0o755) } == 0 || errno == EEXIST)
        }
        let number = at(name) { open($0, O_WRONLY | O_CREAT | O_TRUNC, 0o644) }
        try check(number >= 0)
        defer { close(number) }
        try check(bytes.withUnsafeBytes { Foundation.write(number, $0.baseAddress, $0.count) } == bytes.count)
    }

    func append(_ name: String, _ text: String) throws {
        let number = at(Array(name.utf8)) { open($0, O_WRONLY | O_APPEND) }
        try check(number >= 0)
        defer { close(number) }
        try check(text.withCString { Foundation.write(number, $0, strlen($0)) } == text.utf8.count)
    }

    func bytes(_ name: [UInt8]) -> [UInt8]? {
        let number = at(name) { open($0, O_RDONLY) }
        guard number >= 0 else { return nil }
        defer { close(number) }
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(number, &piece, piece.count)
            guard count > 0 else { return all }
            all += piece[..<count]
        }
    }

    func text(_ name: String) -> String? {
        bytes(Array(name.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Makes the file look as if it had been modified so long ago.
    func age(_ name: String, seconds: Int) throws {
        var now = timeval()
        gettimeofday(&now, nil)
        now.tv_sec -= seconds
        try check(at(Array(name.utf8)) { utimes($0, [now, now]) } == 0)
    }

    func at<Value>(_ name: [UInt8], _ body: (UnsafePointer<CChar>) -> Value) -> Value {
        let whole = Array(path.utf8) + [UInt8(ascii: "/")] + name + [0]
        return whole.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { body($0.baseAddress!) }
        }
    }

    func check(_ worked: Bool) throws {
        if !worked { throw POSIXFault(number: errno) }
    }

    /// Every entry below, relative, with slashes; sorted by bytes.
    func names() throws -> [String] {
        guard let all = FileManager.default.enumerator(atPath: path) else { throw POSIXFault(number: ENOENT) }
        return all.compactMap { $0 as? String }.sorted()
    }

    /// The same content in a folder of its own: what a machine would find that lost its power now.
    func copy() throws -> TemporaryTree {
        let other = try TemporaryTree()
        try FileManager.default.removeItem(atPath: other.path)
        try FileManager.default.copyItem(atPath: path, toPath: other.path)
        return other
    }
}

struct POSIXFault: Error {
    var number: Int32
}
