/// The variables `HABEAS_…` of the environment.
enum SettingEnvironment {
    /// The path of the file, for where there is no `--config`.
    static let config = "HABEAS_CONFIG"
    /// Variables of the project's own tests.
    static let testPrefix = "HABEAS_TEST_"

    /// Variables that are no setting and no mistake.
    static func isIgnored(_ name: String) -> Bool {
        name == config || name.hasPrefix(testPrefix) || isMadeByKubernetes(name)
    }

    /// Kubernetes puts the addresses of a namespace's services into the environment of every container; those of a
    /// service called `habeas` or `habeas-coordinator` begin like settings.
    private static func isMadeByKubernetes(_ name: String) -> Bool {
        let host = /HABEAS(_[A-Z0-9]+)*_SERVICE_HOST/
        let servicePort = /HABEAS(_[A-Z0-9]+)*_SERVICE_PORT(_[A-Z0-9_]+)?/
        let port = /HABEAS(_[A-Z0-9]+)*_PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?/
        return name.wholeMatch(of: host) != nil || name.wholeMatch(of: servicePort) != nil
            || name.wholeMatch(of: port) != nil
    }
}
