import Connectors
import Contract
import Foundation
import Yams

/// The file that `webhook_secrets_file` names: what signs the calls to endpoint owners.
///
///     <secret_name of an endpoint's settings>: <base64, at least 32 bytes>
enum WebhookSecrets {
    static func read(_ section: WorkerSection) throws(ConfigurationFaults) -> WebhookConfiguration {
        guard let path = section.webhookSecretsPath else {
            let message = "webhook_secrets_file: the connector webhook cannot sign without it"
            throw ConfigurationFaults(faults: [ConfigurationFault(origin: .missing, message: message)])
        }
        var faults: [ConfigurationFault] = []
        var secrets: [String: [UInt8]] = [:]
        for (nameNode, secret) in try load(path) {
            let name = nameNode.string ?? ""
            secrets[name] = bytes(secret, name, path, &faults)
        }
        if section.callbackBaseURL != nil, section.callbackKey == nil {
            let message = "callback_key: is needed, because callback_base_url is given"
            faults.append(ConfigurationFault(origin: .missing, message: message))
        }
        guard faults.isEmpty else { throw ConfigurationFaults(faults: faults) }
        // Without an address to call back there is nothing to sign.
        var configuration = WebhookConfiguration(
            secrets: secrets, callbackBase: section.callbackBaseURL,
            callbackKey: section.callbackBaseURL == nil ? nil : section.callbackKey?.bytes)
        configuration.callbackLifeSeconds = section.callbackLifeMs / 1_000
        configuration.allowPlainHTTP = section.webhookPlainHTTP
        return configuration
    }

    private static func load(_ path: String) throws(ConfigurationFaults) -> Node.Mapping {
        let origin = SettingOrigin.file(path: path, line: nil)
        let text: String
        do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
            let message = "webhook_secrets_file: \(FileProblem.text(error))"
            throw ConfigurationFaults(faults: [ConfigurationFault(origin: origin, message: message)])
        }
        let node: Node?
        do { node = try Yams.compose(yaml: text) } catch {
            // The parser's own message may quote the line, and the line may hold a secret.
            let message = "webhook_secrets_file: is not YAML"
            throw ConfigurationFaults(faults: [ConfigurationFault(origin: origin, message: message)])
        }
        guard let mapping = node?.mapping else {
            let message = "webhook_secrets_file: must be a mapping of names to base64 texts"
            throw ConfigurationFaults(faults: [ConfigurationFault(origin: origin, message: message)])
        }
        return mapping
    }

    private static func bytes(
        _ node: Node, _ name: String, _ path: String, _ faults: inout [ConfigurationFault]
    ) -> [UInt8]? {
        guard let text = node.string, let bytes = Base64.decode(text),
            bytes.count >= WebhookConfiguration.keyBytesMin
        else {
            let message = "\(name): must be base64 of at least \(WebhookConfiguration.keyBytesMin) bytes"
            faults.append(fault(path, node, message))
            return nil
        }
        return bytes
    }

    private static func fault(_ path: String, _ node: Node, _ message: String) -> ConfigurationFault {
        ConfigurationFault(origin: .file(path: path, line: node.mark?.line), message: message)
    }
}
