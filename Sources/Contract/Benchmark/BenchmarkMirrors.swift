/// The hot records as anyone would declare them for Foundation's coders: what the codec is measured against.
enum BenchmarkMirrors {
    struct StatusHead: Codable {
        var request_id: String
        var term: Int64
        var version: Int64
        var home_partition: Int32
        var state: String
    }

    struct Request: Codable {
        struct Identity: Codable {
            var identity_type: String
            var identity_value: String
            var identity_format: String?
        }

        struct Extensions: Codable {
            struct Habeas: Codable {
                var dry_run: Bool?
                var exclude_endpoints: [String]?
                var requested_by: String?
            }

            var habeas: Habeas?
        }

        var regulation: String?
        var subject_request_id: String
        var subject_request_type: String
        var submitted_time: String
        var subject_identities: [Identity]
        var status_callback_urls: [String]?
        var extensions: Extensions?
    }

    struct Task: Codable {
        struct Endpoint: Codable {
            var id: String
            var kind: String
            var hub: String
            var resource_id: String?
            var settings: [String: String]?
        }

        struct Subject: Codable {
            struct Alias: Codable {
                var identity_type: String
                var identity_value: String
            }

            var hub: String
            var device_id: String
            var module_id: String?
            var aliases: [Alias]?
        }

        struct Reply: Codable {
            var topic: String
            var partition: Int32
        }

        var task_id: String
        var request_id: String
        var epoch: Int
        var attempt: Int
        var action: String
        var endpoint: Endpoint
        var subjects: [Subject]
        var subject_ref: String
        var continuation: String?
        var due_time: String
        var reply: Reply
    }

    struct Acknowledgement: Codable {
        struct Artifact: Codable {
            var uri: String
            var sha256: String?
            var bytes: Int64?
            var content_type: String?
        }

        struct Failure: Codable {
            var code: String
            var retryable: Bool
            var retry_after: String?
            var detail: String?
        }

        var task_id: String
        var request_id: String
        var epoch: Int
        var attempt: Int
        var home_partition: Int32?
        var status: String
        var outcome: String?
        var record_count: Int64?
        var method: String?
        var verified: String?
        var artifacts: [Artifact]?
        var evidence: [String: String]?
        var reason: String?
        var resume_at: String?
        var continuation: String?
        var error: Failure?
        var worker: String?
        var time: String?
    }
}
