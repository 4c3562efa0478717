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
    /// One bit for each value of a byte: whether a needle begins with it. Few do, and every byte of a text is asked.
    private let firstBytes: SIMD4<UInt64>

    public init(subjects: [Subject]) {
        var bytes: [UInt8] = []
        var needles: [Needle] = []
        var firstBytes = SIMD4<UInt64>.zero
        func add(_ identifier: String) {
            let start = bytes.count
            bytes.append(contentsOf: identifier.utf8.lazy.map(HeaderNames.folded))
            guard start < bytes.count else { return }
            // Counted no further than matters: what a character is takes long to find out.
            let standsAlone = identifier.prefix(Self.boundedBelowCharacters).count < Self.boundedBelowCharacters
            needles.append(Needle(start: start, count: bytes.count - start, standsAlone: standsAlone))
            firstBytes[Int(bytes[start] >> 6)] |= 1 << UInt64(bytes[start] & 63)
        }
        for subject in subjects {
            add(subject.deviceID)
            if let moduleID = subject.moduleID { add(moduleID) }
            for alias in subject.aliases { add(alias.identityValue) }
        }
        if needles.count > 1 { needles.sort { bytes[$0.start] < bytes[$1.start] } }
        self.bytes = bytes
        self.needles = needles
        self.firstBytes = firstBytes
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
        for index in 0..<text.count {
            let byte = HeaderNames.folded(text[index])
            guard firstBytes[Int(byte >> 6)] & 1 << UInt64(byte & 63) != 0 else { continue }
            var candidate = firstNeedle(from: byte)
            while candidate < needles.count, bytes[needles[candidate].start] == byte {
                if occurs(needles[candidate], in: text, at: index) { return true }
                candidate += 1
            }
        }
        return false
    }

    /// The first needle that begins with this byte or a higher one.
    private func firstNeedle(from byte: UInt8) -> Int {
        var low = 0
        var high = needles.count
        while low < high {
            let middle = (low + high) / 2
            if bytes[needles[middle].start] < byte { low = middle + 1 } else { high = middle }
        }
        return low
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
        // Taken out and put back, so that there is never a copy of it.
        switch consume verdict {
        case .completed(var completion):
            let count = redact(&completion)
            verdict = .completed(completion)
            return count
        case .pending(let reason, let resumeAt, let continuation):
            verdict = .pending(reason, resumeAt: resumeAt, continuation: continuation)
            return 0
        case .failed(var error, let retryable, let retryAfterMs):
            let count = redact(optional: &error.detail) ? 1 : 0
            verdict = .failed(error, retryable: retryable, retryAfterMs: retryAfterMs)
            return count
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
