/// What commands print, character for character: at 2026-11-02 18:00Z, without a terminal.
enum Goldens {
    static let status = """
        """

    static let timeline = """
        """

    static let list = """
        """

    static let replayPlan = """
        """

    static let deadLetters = """
        """

    static let doctor = """
        """
}
