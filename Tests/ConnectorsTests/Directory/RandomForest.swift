import TestSeed

/// Files with lines of several devices, written as differently as JSON allows, among lines that are no records.
struct RandomForest {
    struct Line {
        /// nil: nobody's.
        var owner: String?
        var bytes: [UInt8]
        /// A byte order mark in front of the first line of a file.
        var mark: [UInt8] = []
    }

    var files: [[UInt8]: [Line]] = [:]

    static let devices = ["dev1", "dev10", "dev", "Dev1", "dev1.a", "a-dev1", "dev1'", "dev(1)", "1"]

    init(using random: inout SeededRandom) {
        for number in 0..<Int.random(in: 1...6, using: &random) {
            let folder = ["", "hub/00/", "-x/\u{FC}/", "a\nb/"].randomElement(using: &random) ?? ""
            let ending: [UInt8] = Bool.random(using: &random) ? Array(".json".utf8) : [0xFF, 0x0A]
            files[Array("\(folder)\(number)".utf8) + ending] = Self.lines(using: &random)
        }
    }

    func count(of device: String) -> Int64 {
        Int64(files.values.joined().count { $0.owner == device })
    }

    private static func lines(using random: inout SeededRandom) -> [Line] {
        let ending: [UInt8] = Bool.random(using: &random) ? [0x0A] : [0x0D, 0x0A]
        var lines: [Line] = []
        for _ in 0..<Int.random(in: 0...30, using: &random) {
            var line = Line.random(using: &random)
            line.bytes += ending
            lines.append(line)
        }
        guard !lines.isEmpty else { return lines }
        if Bool.random(using: &random) { lines[lines.count - 1].bytes.removeLast(ending.count) }
        // The whole text of a line that is empty now would vanish: then it was no line.
        if lines[lines.count - 1].bytes.isEmpty { lines.removeLast() }
        if !lines.isEmpty, Bool.random(using: &random) {
            lines[0].mark = [0xEF, 0xBB, 0xBF]
            lines[0].bytes = lines[0].mark + lines[0].bytes
        }
        return lines
    }
}

extension RandomForest.Line {
    static func random(using random: inout SeededRandom) -> Self {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: Self(owner: nil, bytes: [])
        case 1: Self(owner: nil, bytes: Array("  ".utf8))
        // No JSON; names nobody, or dev10, which is not dev1.
        case 2: Self(owner: nil, bytes: Array(#"é€{"connectionDeviceId":"dev10""#.utf8))
        case 3: Self(owner: nil, bytes: Array(#"{"SystemProperties":{"connectionDeviceId":"dev10"#.utf8))
        default: record(using: &random)
        }
    }

    private static func record(using random: inout SeededRandom) -> Self {
        let device = RandomForest.devices.randomElement(using: &random) ?? "dev1"
        let space = [" ", "", "\t"].randomElement(using: &random) ?? ""
        let key = ["connectionDeviceId", "iothub-connection-device-id"].randomElement(using: &random) ?? ""
        // The body names the subject, and is somebody else's all the same.
        let body =
            [#""dev1""#, #"{"deviceId":"dev1"}"#, #""\u0064ev1""#, "null", #""AAA=""#]
            .randomElement(using: &random) ?? "null"
        let system =
            "\(quoted("SystemProperties", using: &random)):{\(space)"
            + "\(quoted(key, using: &random))\(space):\(space)\(quoted(device, using: &random))}"
        let properties = #""Properties":{"deviceId":"dev1","note":"dev1"}"#
        let parts = [system, properties, #""Body":\#(body)"#].shuffled(using: &random)
        var bytes = Array("{\(space)\(parts.joined(separator: ",\(space)"))}".utf8)
        if Int.random(in: 0..<5, using: &random) == 0 {
            // Bytes that are not UTF-8, inside a string of a record that is sound otherwise.
            bytes.removeLast()
            bytes += Array(#","x":""#.utf8) + [0xC3, 0x28] + Array("\"}".utf8)
        }
        return Self(owner: device, bytes: bytes)
    }

    /// A JSON string with some of its characters escaped, as a writer may do.
    private static func quoted(_ text: String, using random: inout SeededRandom) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if Int.random(in: 0..<4, using: &random) == 0 {
                let digits = String(scalar.value, radix: 16, uppercase: Bool.random(using: &random))
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            } else {
                quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
