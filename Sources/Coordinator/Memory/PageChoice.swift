/// Which pages a piece of memory is asked for in: those that come faster just now.
///
/// Two mebibytes in one page come in a tenth of a millisecond, and in 512 small ones in seven tenths, where the
/// machine's memory is its own. A host that takes back what its guest does not use has to find and clear the whole
/// large page first, which takes five milliseconds. Nothing tells which it will be, so that it is tried: a slow large
/// page is followed by small ones, by twice as many each time that it was slow again. At worst that is six slow ones
/// in the first five hundred mebibytes.
struct PageChoice {
    enum Pages {
        case small
        case large
    }

    static let firstPause = 8
    static let longestPause = 512

    /// What the last piece in small pages took: what a large page has to keep to.
    private var small: Duration?
    /// Pieces in small pages until a large one is tried again.
    private var rest = 0
    /// How many of them the next slow one brings.
    private var pause = Self.firstPause

    /// For the next piece.
    mutating func next() -> Pages {
        guard small != nil else { return .small }
        guard rest == 0 else {
            rest -= 1
            return .small
        }
        return .large
    }

    /// Notes how long a piece took to come. All pieces are of one size.
    mutating func came(_ pages: Pages, after duration: Duration) {
        switch pages {
        case .small: small = duration
        case .large:
            guard let small, duration > small else {
                pause = Self.firstPause
                return
            }
            rest = pause
            pause = min(2 * pause, Self.longestPause)
        }
    }
}
