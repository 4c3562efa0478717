public import SagaKernel

/// Keeps the identifiers of a request's subjects out of what is published (contract §4: no field of an acknowledgement
/// may hold one).
///
/// A string that contains a device id, a module id or an alias of the subjects, as it is or percent-encoded, in any
/// case of its ASCII letters, becomes `[redacted]` as a whole. Ids of fewer than six characters count only where no
/// ASCII letter or digit stands beside them: they occur inside other words by chance. Nothing is allocated where
/// nothing is found.
public struct Redactor: Sendable {
    public static let placeholder = "[redacted]"
    /// Identifiers with fewer characters must stand alone.
    static let boundedBelowCharacters = 6
    /// How often a text may have been percent-encoded: once for its own sake, and once each as part of a URL inside
    /// another URL's query.
    static let encodingsMaximum = 3

    private struct Needle {
        var start: Int
        var count: Int
        var standsAlone: Bool
    }

    /// The identifiers with their ASCII letters in lower case, one behind the other.
    private let bytes: [UInt8]
    /// Sorted by their first byte.
    private let needles: [Needle]
    /// For each value of a byte, the index of the first needle that begins with it or a higher one; 257 entries.
    private let firstByByte: [Int]

    public init(subjects: [Subject]) {
        var identifiers: Set<String> = []
        for subject in subjects {
            identifiers.insert(subject.deviceID)
            if let moduleID = subject.moduleID { identifiers.insert(moduleID) }
            for alias in subject.aliases { identifiers.insert(alias.identityValue) }
        }
        let folded = identifiers.filter { !$0.isEmpty }
            .map { (bytes: $0.utf8.map(HeaderNames.folded), standsAlone: $0.count < Self.boundedBelowCharacters) }
            .sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        var bytes: [UInt8] = []
        var needles: [Needle] = []
        var firstByByte = [Int](repeating: 0, count: 257)
        for identifier in folded {
            needles.append(
                Needle(start: bytes.count, count: identifier.bytes.count, standsAlone: identifier.standsAlone))
            bytes.append(contentsOf: identifier.bytes)
            firstByByte[Int(identifier.bytes[0]) + 1] += 1
        }
        for byte in 0..<256 { firstByByte[byte + 1] += firstByByte[byte] }
        self.bytes = bytes
        self.needles = needles
        self.firstByByte = firstByByte
    }

    /// True where the text names one of the subjects.
    public func matches(_ text: String) -> Bool {
        guard !needles.isEmpty else { return false }
        var text = text
        return text.withUTF8 { utf8 in
            let plain = UnsafeRawBufferPointer(utf8)
            return contains(plain) || (plain.contains(UInt8(ascii: "%")) && containsEncoded(plain))
        }
    }

    /// Replaces the text where it names one of the subjects, and says whether it did.
    public func redact(_ text: inout String) -> Bool {
        guard matches(text) else { return false }
        text = Self.placeholder
        return true
    }

    private func containsEncoded(_ text: UnsafeRawBufferPointer) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: text.count, alignment: 1) { buffer in
            buffer.copyMemory(from: text)
            var count = text.count
            for _ in 0..<Self.encodingsMaximum {
                let decoded = Self.percentDecode(buffer, count)
                if decoded == count { return false }
                count = decoded
                if contains(UnsafeRawBufferPointer(rebasing: buffer[..<count])) { return true }
            }
            return false
        }
    }

    /// Decodes in place what is percent-encoded among the first `count` bytes; returns how many are left.
    private static func percentDecode(_ buffer: UnsafeMutableRawBufferPointer, _ count: Int) -> Int {
        var read = 0
        var written = 0
        while read < count {
            if buffer[read] == UInt8(ascii: "%"), read + 2 < count, let high = Hexadecimal.value(buffer[read + 1]),
                let low = Hexadecimal.value(buffer[read + 2])
            {
                buffer[written] = high << 4 | low
                read += 3
            } else {
                buffer[written] = buffer[read]
                read += 1
            }
            written += 1
        }
        return written
    }

    private func contains(_ text: UnsafeRawBufferPointer) -> Bool {
        firstByByte.withUnsafeBufferPointer { first in
            for index in 0..<text.count {
                let byte = Int(HeaderNames.folded(text[index]))
                let candidates = first[byte]..<first[byte + 1]
                if !candidates.isEmpty, needles[candidates].contains(where: { occurs($0, in: text, at: index) }) {
                    return true
                }
            }
            return false
        }
    }

    private func occurs(_ needle: Needle, in text: UnsafeRawBufferPointer, at index: Int) -> Bool {
        guard index + needle.count <= text.count else { return false }
        for offset in 1..<max(needle.count, 1)
        where HeaderNames.folded(text[index + offset]) != bytes[needle.start + offset] {
            return false
        }
        guard needle.standsAlone else { return true }
        let end = index + needle.count
        return (index == 0 || !Self.isAlphanumeric(text[index - 1]))
            && (end == text.count || !Self.isAlphanumeric(text[end]))
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        let folded = HeaderNames.folded(byte)
        return (byte >= 0x30 && byte <= 0x39) || (folded >= UInt8(ascii: "a") && folded <= UInt8(ascii: "z"))
    }
}

extension Redactor {
    /// Replaces every string of a verdict that names one of the subjects, and returns how many there were.
    ///
    /// All but `continuation`: it is what the worker needs in order to go on, it is given back to the same connector
    /// unread, and it never leaves the internal topics (`sagas`, `tasks.*`): neither status nor timeline show it.
    public func redact(_ verdict: inout Acknowledgement.Verdict) -> Int {
        switch verdict {
        case .completed(var completion):
            let count = redact(&completion)
            if count > 0 { verdict = .completed(completion) }
            return count
        case .pending: return 0
        case .failed(var error, let retryable, let retryAfterMs):
            guard redact(optional: &error.detail) else { return 0 }
            verdict = .failed(error, retryable: retryable, retryAfterMs: retryAfterMs)
            return 1
        }
    }

    /// The same for what an operator wrote into a command, which the timeline shows. The command's id stays: it is what
    /// makes the command idempotent.
    public func redact(_ command: inout Command) -> Int {
        var count = redact(optional: &command.reason) ? 1 : 0
        if redact(optional: &command.operator) { count += 1 }
        switch command.verb {
        case .attest(let tasks, let outcome, var evidence):
            let redacted = redact(&evidence)
            if redacted > 0 { command.verb = .attest(tasks: tasks, outcome: outcome, evidence: evidence) }
            return count + redacted
        case .replay, .cancel, .hold, .release, .extend, .skip: return count
        }
    }

    /// Hides the id of a command, in a timeline entry about it, that names the subject.
    public func redactID(of event: inout TimelineEvent) {
        _ = redact(optional: &event.commandID)
    }

    private func redact(_ completion: inout Completion) -> Int {
        var count = redact(optional: &completion.method) ? 1 : 0
        // Written back only where something was found, so that untouched arrays stay shared.
        for index in completion.artifacts.indices {
            var artifact = completion.artifacts[index]
            var found = redact(&artifact.uri) ? 1 : 0
            if redact(optional: &artifact.sha256) { found += 1 }
            if redact(optional: &artifact.contentType) { found += 1 }
            if found > 0 { completion.artifacts[index] = artifact }
            count += found
        }
        return count + redact(&completion.evidence)
    }

    private func redact(_ evidence: inout [Evidence]) -> Int {
        var count = 0
        for index in evidence.indices {
            var fact = evidence[index]
            var found = redact(&fact.name) ? 1 : 0
            if redact(&fact.value) { found += 1 }
            if found > 0 { evidence[index] = fact }
            count += found
        }
        return count
    }

    private func redact(optional text: inout String?) -> Bool {
        guard let value = text, matches(value) else { return false }
        text = Self.placeholder
        return true
    }
}
