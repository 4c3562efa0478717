import SagaKernel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension BenchmarkCase {
    static func all(_ samples: BenchmarkSamples) throws -> [BenchmarkCase] {
        try reading(samples) + writing(samples)
    }

    private static func reading(_ samples: BenchmarkSamples) throws -> [BenchmarkCase] {
        let requests = RequestReader(limits: RequestLimits(), subjectKey: samples.key) { _ in true }
        let acknowledgements = AcknowledgementReader()
        let tasks = TaskReader()
        let now = samples.now
        return [
            // With the three keyed hashes that a request of two identities needs and Foundation's side does without.
            reading("read request", samples.requestBytes, BenchmarkMirrors.Request.self) { bytes in
                succeeded(requests.read(value: bytes, headers: BenchmarkSamples.noHeaders, now: now))
            },
            reading("read acknowledgement", samples.acknowledgementBytes, BenchmarkMirrors.Acknowledgement.self) {
                succeeded(acknowledgements.read(value: $0, headers: BenchmarkSamples.noHeaders))
            },
            reading("read task", samples.taskBytes, BenchmarkMirrors.Task.self) {
                succeeded(tasks.read(value: $0, headers: BenchmarkSamples.noHeaders))
            },
            reading("read head of status", samples.statusBytes, BenchmarkMirrors.StatusHead.self) {
                StatusHead.read($0) != nil
            },
        ]
    }

    private static func writing(_ samples: BenchmarkSamples) throws -> [BenchmarkCase] {
        var events: [UInt8] = []
        let timeline = writing(into: &events) { json in
            TimelineWriter.write(samples.events, of: samples.saga.id, version: 1, to: &json)
        }
        var ignored: [UInt8] = []
        return [
            try writing(
                "write task", samples.taskBytes, BenchmarkMirrors.Task.self,
                writing(into: &ignored) {
                    var tasks = samples.tasks
                    tasks.write(samples.dispatch, of: samples.saga, to: &$0)
                }),
            try writing(
                "write status of 8 tasks", samples.statusBytes, StatusDocument.self,
                writing(into: &ignored) { StatusWriter.write(samples.saga, to: &$0) }),
            try writing("write timeline", events, TimelineDocument.self, timeline),
            try writing("write acknowledgement", samples.acknowledgementBytes, BenchmarkMirrors.Acknowledgement.self) {
                AcknowledgementWriter.bytes(
                    task: samples.task, verdict: samples.verdict, worker: "blob-storage-0", time: samples.now
                ).count
            },
        ]
    }

    private static func reading<Mirror: Decodable>(
        _ name: String, _ bytes: [UInt8], _ mirror: Mirror.Type, _ read: @escaping (UnsafeRawBufferPointer) -> Bool
    ) -> BenchmarkCase {
        let data = Data(bytes)
        let decoder = JSONDecoder()
        return BenchmarkCase(
            name: name, bytes: bytes.count, habeas: { bytes.withUnsafeBytes(read) ? 1 : 0 },
            foundation: {
                do {
                    _ = try decoder.decode(Mirror.self, from: data)
                    return 1
                } catch {
                    return 0
                }
            })
    }

    private static func writing<Mirror: Codable>(
        _ name: String, _ bytes: [UInt8], _ mirror: Mirror.Type, _ write: @escaping () -> Int
    ) throws -> BenchmarkCase {
        let value = try JSONDecoder().decode(Mirror.self, from: Data(bytes))
        let encoder = JSONEncoder()
        return BenchmarkCase(
            name: name, bytes: bytes.count, habeas: write,
            foundation: {
                do {
                    return try encoder.encode(value).count
                } catch {
                    return 0
                }
            })
    }

    /// Writes into memory that is kept from record to record, as a lane does.
    ///
    /// - Parameter sample: becomes what is written.
    private static func writing(
        into sample: inout [UInt8], _ write: @escaping (inout JSONWriter) -> Void
    ) -> () -> Int {
        var json = JSONWriter()
        write(&json)
        sample = json.bytes
        return {
            json.reset()
            write(&json)
            return json.bytes.count
        }
    }

    private static func succeeded<Value>(_ result: Result<Value, Refusal>) -> Bool {
        switch result {
        case .success: true
        case .failure: false
        }
    }
}
