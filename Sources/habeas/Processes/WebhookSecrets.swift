import Connectors
import Contract
import Foundation
import Yams

/// The file that `webhook_secrets_file` names: what signs calls to endpoint owners, and callback addresses.
///
///     callback_key: <base64, at least 32 bytes; the same for every worker>
///     secrets:
///       <secret_name of an endpoint's settings>: <base64, at least 32 bytes>
enum WebhookSecrets {
    static func read(path: String, callbackBase: String?) throws(ConfigurationFaults) -> WebhookConfiguration {
        var faults: [ConfigurationFault] = []
        let root = try load(path)
        var secrets: [String: [UInt8]] = [:]
        var callbackKey: [UInt8]?
        for (key, value) in root {
            switch key {
            case "callback_key": callbackKey = bytes(value, "callback_key", path, &faults)
            case "secrets":
                guard let mapping = value.mapping else {
                    faults.append(fault(path, value, "secrets: must be a mapping of names to base64 texts"))
                    continue
                }
                for (nameNode, secret) in mapping {
                    let name = nameNode.string ?? ""
                    secrets[name] = bytes(secret, "secrets.\(name)", path, &faults)
                }
            default: faults.append(fault(path, value, "\(key.string ?? "?"): is not a key of this file"))
            }
        }
        if callbackBase != nil, callbackKey == nil {
            faults.append(
                ConfigurationFault(
                    origin: .file(path: path, line: nil),
                    message: "callback_key: is needed, because callback_base_url is given"))
        }
        guard faults.isEmpty else { throw ConfigurationFaults(faults: faults) }
        // Without an address to call back there is nothing to sign.
        return WebhookConfiguration(
            secrets: secrets, callbackBase: callbackBase, callbackKey: callbackBase == nil ? nil : callbackKey)
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
            let message = "webhook_secrets_file: must be a mapping with callback_key and secrets"
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
