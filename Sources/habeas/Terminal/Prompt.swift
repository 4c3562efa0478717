/// Asks before something is changed.
enum Prompt {
    /// True when the change may be made: `--yes`, or a `y` at the terminal.
    ///
    /// - Throws: `CommandFailure.usage` where nobody can be asked and `--yes` is missing.
    static func confirm(_ question: String, yes: Bool, console: Console) throws(CommandFailure) -> Bool {
        if yes { return true }
        guard console.terminal.inIsTerminal else {
            throw .usage("\(question) Nobody can be asked without a terminal: add --yes if the plan above is right.")
        }
        console.writeError("\(question) [y/N] ")
        guard let answer = console.readLine() else {
            console.error("")
            return false
        }
        return ["y", "yes"].contains(answer.lowercased())
    }
}
