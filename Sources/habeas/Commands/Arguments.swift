import ArgumentParser
import Contract
import SagaKernel

// Values of the contract as arguments. What cannot be read is a usage error, before anything is asked of anybody.

/// The id of a request on the command line, in either case.
struct RequestIDArgument: ExpressibleByArgument, Hashable, Sendable {
    var id: RequestID

    init?(argument: String) {
        guard let id = RequestID(argument) else { return nil }
        self.id = id
    }
}

/// A length of time on the command line.
struct DurationArgument: ExpressibleByArgument, Hashable, Sendable {
    var milliseconds: Int64

    init(milliseconds: Int64) { self.milliseconds = milliseconds }

    init?(argument: String) {
        guard case .success(let milliseconds) = SettingDuration.read(argument) else { return nil }
        self.milliseconds = milliseconds
    }

    var defaultValueDescription: String { SettingDuration.format(milliseconds) }
}

/// A moment on the command line: `2026-12-24T18:00:00Z`, or `2026-12-24` for the end of that day in UTC.
struct TimeArgument: ExpressibleByArgument, Hashable, Sendable {
    var time: Timestamp

    init?(argument: String) {
        if let time = TimeText.parse(argument) {
            self.time = time
        } else if let midnight = TimeText.parse("\(argument)T00:00:00Z") {
            time = midnight.adding(milliseconds: Milliseconds.day - 1_000)
        } else {
            return nil
        }
    }
}

/// `name=value` on the command line.
struct PairArgument: ExpressibleByArgument, Hashable, Sendable {
    var name: String
    var value: String

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else { return nil }
        name = String(argument[..<equals])
        value = String(argument[argument.index(after: equals)...])
        guard !value.isEmpty else { return nil }
    }
}

/// `HUB/DEVICE` or `HUB/DEVICE/MODULE` on the command line.
///
/// An invalid one is not repeated in the parser's error, because it may still be somebody's identifier: the parser
/// takes any text, and `SubjectArguments` judges it.
struct DeviceArgument: ExpressibleByArgument, Hashable, Sendable {
    var text: String

    init?(argument: String) { text = argument }
}
