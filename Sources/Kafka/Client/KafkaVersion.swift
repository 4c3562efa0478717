internal import CRdKafka

/// Which librdkafka this process runs with.
public enum KafkaVersion {
    /// For example `2.0.2`.
    public static var string: String { String(cString: rd_kafka_version_str()) }

    /// 0xMMmmrrxx: major, minor, revision, pre-release (ff is the final release).
    public static var number: Int { Int(rd_kafka_version()) }

    /// What the library was built with, for example `ssl`, `sasl_plain`, `oidc`: its `builtin.features`.
    public static let features: [String] = {
        guard let conf = rd_kafka_conf_new() else { return [] }
        defer { rd_kafka_conf_destroy(conf) }
        var size = 4096
        let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer in
            rd_kafka_conf_get(conf, "builtin.features", buffer.baseAddress, &size) == RD_KAFKA_CONF_OK
                ? String(cString: buffer.baseAddress!) : ""
        }
        return text.split(separator: ",").map(String.init)
    }()
}
