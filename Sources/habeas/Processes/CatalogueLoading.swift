import Catalogue
import Coordinator
import Foundation

/// Reads the catalogue file, as a start and a SIGHUP do.
enum CatalogueLoading {
    /// - Throws: `ConfigurationFaults` with every fault of the file and its line.
    static func read(path: String, endpointsPerHub: Int) throws(ConfigurationFaults) -> Catalogue {
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw ConfigurationFaults(faults: [fault(path, line: nil, "catalogue: \(FileProblem.text(error))")])
        }
        var limits = CatalogueLimits()
        limits.endpointsPerHub = endpointsPerHub
        let reading = CatalogueFile.read(bytes: bytes, limits: limits)
        guard let catalogue = reading.catalogue, reading.faults.isEmpty else {
            throw ConfigurationFaults(
                faults: reading.faults.map { fault(path, line: $0.line, "\($0.path): \($0.message)") })
        }
        return catalogue
    }

    private static func fault(_ path: String, line: Int?, _ message: String) -> ConfigurationFault {
        ConfigurationFault(origin: .file(path: path, line: line), message: message)
    }
}

extension Catalogue {
    /// As the lanes use it.
    var lanePlans: LanePlans { LanePlans(plans: plans) }
}
