import Catalogue

/// What can be seen without asking anybody.
struct LocalChecks {
    var settings: Settings

    func run(_ broker: BrokerClient?) -> [DoctorCheck] {
        [subjectKey(), library(broker)] + [catalogue()]
    }

    private func subjectKey() -> DoctorCheck {
        let title = "Subject key"
        guard let key = settings.secret(.subjectKey) else {
            return .fail(
                "subject_key", title, "not given: a coordinator refuses to start without it",
                "make one with `openssl rand -base64 32 > subject.key` and give --subject-key-file")
        }
        switch settings.origin(of: .subjectKey) {
        case .flag("subject-key"):
            return .warn(
                "subject_key", title, "\(key.bytes.count) bytes, given as a flag",
                "give --subject-key-file: flags are visible to everybody on this machine")
        case .flag, .environment, .file, .defaultValue, .missing, nil:
            return .ok("subject_key", title, "\(key.bytes.count) bytes")
        }
    }

    private func library(_ broker: BrokerClient?) -> DoctorCheck {
        let title = "Kafka client"
        guard let broker else { return .skipped("client", title, "no client could be made") }
        let library = broker.library()
        let protocolName = settings.kafkaProperties.first { $0.name == "security.protocol" }?.value.lowercased() ?? ""
        let mechanism =
            settings.kafkaProperties.first { ["sasl.mechanism", "sasl.mechanisms"].contains($0.name) }?.value ?? ""
        var needed: [String] = []
        if protocolName.hasSuffix("ssl") { needed.append("ssl") }
        if protocolName.hasPrefix("sasl") { needed.append("sasl") }
        if mechanism.uppercased() == "OAUTHBEARER" { needed.append("sasl_oauthbearer") }
        if mechanism.uppercased().hasPrefix("SCRAM") { needed.append("sasl_scram") }
        let missing = needed.filter { !library.features.contains($0) }
        guard missing.isEmpty else {
            return .fail(
                "client", title, "\(library.version) was built without \(missing.joined(separator: ", "))",
                "install a librdkafka that has it, or reach the broker in another way")
        }
        return .ok("client", title, "\(library.version): \(library.features.joined(separator: ", "))")
    }

    private func catalogue() -> DoctorCheck {
        let title = "Catalogue"
        guard let path = settings.text(.catalogue) else {
            return .skipped("catalogue", title, "none was given (--catalogue)")
        }
        do {
            let reading = try CatalogueSource.read(
                path: path, endpointsPerHub: settings.integer(.limitsEndpointsPerHub))
            guard let catalogue = reading.catalogue else {
                let first = reading.faults.first.map { ", the first in line \($0.line): \($0.message)" } ?? ""
                return .fail(
                    "catalogue", title, "\(reading.faults.count) faults\(first)", "`habeas catalogue check` lists them")
            }
            let endpoints = catalogue.hubs.reduce(0) { $0 + $1.endpoints.count }
            let detail = "\(catalogue.hubs.count) hubs, \(endpoints) endpoints"
            return reading.warnings.isEmpty
                ? .ok("catalogue", title, detail)
                : .warn(
                    "catalogue", title, "\(detail), \(reading.warnings.count) warnings",
                    "`habeas catalogue check` lists them")
        } catch {
            return .fail("catalogue", title, "\(error)", "give the path of a file that can be read")
        }
    }
}
