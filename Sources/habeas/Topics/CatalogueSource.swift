import Catalogue
import Foundation

/// Reads the catalogue file that a setting names.
enum CatalogueSource {
    static func read(path: String, endpointsPerHub: Int?) throws(CommandFailure) -> CatalogueReading {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw .configuration(
                ConfigurationFaults(faults: [
                    ConfigurationFault(
                        origin: .file(path: path, line: nil), message: "cannot be read: \(FileProblem.text(error))")
                ]))
        }
        var limits = CatalogueLimits()
        if let endpointsPerHub { limits.endpointsPerHub = endpointsPerHub }
        return CatalogueFile.read(bytes: data, limits: limits)
    }

    /// The catalogue, or a configuration failure that lists every fault of the file.
    static func catalogue(path: String, endpointsPerHub: Int?) throws(CommandFailure) -> Catalogue {
        let reading = try read(path: path, endpointsPerHub: endpointsPerHub)
        guard let catalogue = reading.catalogue else {
            throw .configuration(
                ConfigurationFaults(
                    faults: reading.faults.map { fault in
                        let place = fault.path.isEmpty ? "" : "\(fault.path): "
                        return ConfigurationFault(
                            origin: .file(path: path, line: fault.line), message: place + fault.message)
                    }))
        }
        return catalogue
    }

    /// The connectors of the catalogue and those that are named, each of which has a topic of tasks.
    static func connectors(_ settings: Settings) throws(CommandFailure) -> Set<String> {
        var connectors = Set(settings.list(.connectors) ?? [])
        if let path = settings.text(.catalogue) {
            connectors.formUnion(
                try catalogue(path: path, endpointsPerHub: settings.integer(.limitsEndpointsPerHub)).connectors)
        }
        guard !connectors.isEmpty else {
            throw .usage(
                "give --catalogue FILE or --connectors a,b: every connector has a topic of tasks, and these say which.")
        }
        return connectors
    }
}
