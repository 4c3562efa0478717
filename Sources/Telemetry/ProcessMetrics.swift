#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Facts about the process, under the names that every Prometheus client library uses.
public struct ProcessMetrics: Sendable {
    init(registry: MetricsRegistry, version: String, role: String) {
        registry.gauge("process_start_time_seconds", "When the process started, seconds since 1970.")
            .set(Self.secondsSince1970())
        registry.gauges("habeas_build_info", "Always 1; the labels tell the build.", labels: ["version", "role"])
            .with(version, role).set(1)
        let cpu = registry.sampledCounter(
            "process_cpu_seconds_total", "CPU time of the process, user and system, in seconds.")
        let memory = registry.gauges(
            "process_resident_memory_bytes", "Resident memory of the process in bytes.", labels: [])
        registry.onScrape {
            cpu.set(total: Self.cpuSeconds())
            if let bytes = Self.residentBytes() { memory.with().set(bytes) }
        }
    }

    private static func secondsSince1970() -> Double { seconds(CLOCK_REALTIME) }
    private static func cpuSeconds() -> Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }

    private static func seconds(_ clock: clockid_t) -> Double {
        var now = timespec()
        clock_gettime(clock, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
    }

    /// Memory of the process that is in RAM; nil where the system does not say (only Linux has the file).
    public static func residentBytes() -> Int? {
        guard let file = fopen("/proc/self/statm", "r") else { return nil }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 128)
        let count = fread(&text, 1, text.count - 1, file)
        let fields = String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
