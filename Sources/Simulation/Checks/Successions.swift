/// Who last took each name, as member of the group and as producer: whoever is told that it was replaced must have
/// been, in one of them. Of two processes with one name the last to take it goes on, also where it is the older one.
struct Successions {
    private var members: [String: String] = [:]
    private var producers: [String: String] = [:]

    mutating func joins(_ process: CoordinatorProcess) { members[process.instance] = process.name }

    mutating func initialises(_ process: CoordinatorProcess) { producers[process.instance] = process.name }

    func isReplaced(_ process: CoordinatorProcess) -> Bool {
        [members, producers].contains { $0[process.instance].map { $0 != process.name } ?? false }
    }
}
