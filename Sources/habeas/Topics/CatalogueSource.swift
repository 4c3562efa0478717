import Catalogue
import Coordinator
import Foundation

/// Reads the catalogue file that a setting names, as commands, a start and a SIGHUP do.
enum CatalogueSource {
    /// - Parameter endpointsPerHub: nil for the catalogue's own limit.
    /// - Throws: `ConfigurationFaults` where there is no file to read; what is wrong in it is in the answer.
    static func read(path: String, endpointsPerHub: Int?) throws(ConfigurationFaults) -> CatalogueReading {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw ConfigurationFaults(faults: [
                ConfigurationFault(
                    origin: .file(path: path, line: nil),
                    message: "the catalogue cannot be read: \(FileProblem.text(error))")
            ])
        }
        var limits = CatalogueLimits()
        if let endpointsPerHub { limits.endpointsPerHub = endpointsPerHub }
        return CatalogueFile.read(bytes: data, limits: limits)
    }

    /// - Throws: `ConfigurationFaults` with every fault of the file and its line.
    static func catalogue(path: String, endpointsPerHub: Int?) throws(ConfigurationFaults) -> Catalogue {
        let reading = try read(path: path, endpointsPerHub: endpointsPerHub)
        guard let catalogue = reading.catalogue, reading.faults.isEmpty else {
            throw ConfigurationFaults(
                faults: reading.faults.map { fault in
                    let place = fault.path.isEmpty ? "" : "\(fault.path): "
                    return ConfigurationFault(
                        origin: .file(path: path, line: fault.line), message: place + fault.message)
                })
        }
        return catalogue
    }

    /// The connectors of the catalogue and those that are named, each of which has a topic of tasks.
    static func connectors(_ settings: Settings) throws(CommandFailure) -> Set<String> {
        var connectors = Set(settings.list(.connectors) ?? [])
        if let path = settings.text(.catalogue) {
            do throws(ConfigurationFaults) {
                connectors.formUnion(
                    try catalogue(path: path, endpointsPerHub: settings.integer(.limitsEndpointsPerHub)).connectors)
            } catch {
                throw .configuration(error)
            }
        }
        guard !connectors.isEmpty else {
            throw .usage(
                "give --catalogue FILE or --connectors a,b: every connector has a topic of tasks, and these say which.")
        }
        return connectors
    }
}

extension Catalogue {
    /// As the lanes use it.
    var lanePlans: LanePlans { LanePlans(plans: plans) }
}
