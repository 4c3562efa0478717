import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What is known about the streams of the process.
struct TerminalFacts: Hashable, Sendable {
    var outIsTerminal: Bool
    var errorIsTerminal: Bool
    var inIsTerminal: Bool
    /// Columns of the standard output; nil where it is no terminal, so that nothing is cut off in a pipe or a file.
    var width: Int?
    var height: Int?
    /// True on a terminal that can show colours, unless `NO_COLOR` is set to anything but nothing.
    var colours: Bool

    static let none = TerminalFacts(
        outIsTerminal: false, errorIsTerminal: false, inIsTerminal: false, width: nil, height: nil, colours: false)

    static func live(environment: [String: String]) -> TerminalFacts {
        let outIsTerminal = isatty(STDOUT_FILENO) == 1
        var size = winsize()
        let knowsSize = outIsTerminal && ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return TerminalFacts(
            outIsTerminal: outIsTerminal, errorIsTerminal: isatty(STDERR_FILENO) == 1,
            inIsTerminal: isatty(STDIN_FILENO) == 1, width: outIsTerminal ? (knowsSize ? Int(size.ws_col) : 80) : nil,
            height: knowsSize ? Int(size.ws_row) : nil,
            colours: coloursWanted(outIsTerminal: outIsTerminal, environment: environment))
    }

    /// https://no-color.org: present and not empty means no colours, whatever its value.
    static func coloursWanted(outIsTerminal: Bool, environment: [String: String]) -> Bool {
        outIsTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }
}
