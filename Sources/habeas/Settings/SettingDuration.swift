import SagaKernel

/// Lengths of time as settings have them: ISO 8601 durations that may begin with whole years.
///
/// How long records are kept is said in years (`P3Y`), and nobody minds whether a leap day is among them: a year is 365
/// days here. Months are refused like everywhere else.
enum SettingDuration {
    static let yearMs = 365 * Milliseconds.day

    /// Milliseconds, or what is wrong, to be put behind the text.
    static func read(_ text: String) -> Result<Int64, ISODuration.Refusal> {
        guard let (years, rest) = leadingYears(text) else { return ISODuration.read(text) }
        let (yearsMs, overflow) = years.multipliedReportingOverflow(by: yearMs)
        guard !overflow else { return .failure(.tooLong) }
        guard rest != "P" else { return .success(yearsMs) }
        return ISODuration.read(rest).flatMap { restMs in
            let (sum, overflow) = yearsMs.addingReportingOverflow(restMs)
            return overflow ? .failure(.tooLong) : .success(sum)
        }
    }

    /// Whole years as years, everything else as `ISODuration` has it.
    static func format(_ milliseconds: Int64) -> String {
        guard milliseconds > 0, milliseconds % yearMs == 0 else { return ISODuration.format(milliseconds) }
        return "P\(milliseconds / yearMs)Y"
    }

    /// `P3Y6D` is 3 and `P6D`.
    private static func leadingYears(_ text: String) -> (years: Int64, rest: String)? {
        guard text.hasPrefix("P") else { return nil }
        let digits = text.dropFirst().prefix { $0.isASCII && $0.isNumber }
        let rest = text.dropFirst(1 + digits.count)
        guard rest.hasPrefix("Y"), let years = Int64(digits) else { return nil }
        return (years, "P" + rest.dropFirst())
    }
}
