/// What commands print, character for character: at 2026-11-02 18:00Z, 108 columns wide, without colours.
enum Goldens {
    static let status = """
        Request   a7551968-d5d6-44b2-9831-815ac9017798
        Type      erasure, gdpr
        State     in progress
        Due       2026-12-02 15:00Z (in 29 d 21 h)  on track, expected 2026-11-05 15:00Z (in 2 d 21 h)
        Received  2026-11-02 15:00:01Z (2 h 59 min ago)
        Updated   2026-11-02 17:58Z (2 min ago), version 7, home partition 3, seen 2 s ago
        Subject   hmac-sha256:9f2c
        Stages    source done, sinks running, logs blocked

        STAGE   ENDPOINT           ACTION  STATE      EPOCH  SINCE      WAITS FOR / RESULT         UNTIL
        source  registry           erase   succeeded         2 h ago    erased, 1 record, read b…
        sinks   telemetry-archive  erase   waiting        2  2 min ago  running operation          in 12 min, 18:12Z
        sinks   dashboards         erase   failed            2 h ago    forbidden: role is missi…
        logs    hub-logs           erase   blocked           2 h ago    stage sinks

        DISCLOSED, NOT DONE      WHY
        device_update_telemetry  system generated

        """

    static let timeline = """
        WHEN                        AGO  EVENT            TASK            ATTEMPT  DETAIL
        2026-11-02 15:00:01Z    2 h ago  received
        2026-11-02 15:00:02Z    2 h ago  dispatched       registry/erase  1
        2026-11-02 17:58Z     2 min ago  command applied                           by dana, key rotated, command c-1

        """

    static let list = """
        REQUEST                               STATE        DUE                  WAITS FOR
        a7551968-d5d6-44b2-9831-815ac9017798  in progress  in 29 d, 2026-12-02  telemetry-archive: running operatio…
        b0000000-0000-4000-8000-000000000001  failed       in 29 d, 2026-12-02  an operator: dashboards forbidden

        2 requests, seen 2 s ago

        """

    static let replayPlan = """
        REQUEST                               STATE   DUE                  TASKS
        a7551968-d5d6-44b2-9831-815ac9017798  failed  in 29 d, 2026-12-02  dashboards/erase

        """

    static let deadLetters = """
        POSITION  WHEN                CODE         FROM                  WHY
        1/2       6 h ago, 12:00Z     malformed    habeas.requests 5/77  the hub is not in the catalogue
        0/9       60 min ago, 17:00Z  unknown_hub  habeas.requests 5/77  the hub is not in the catalogue

        """

    static let doctor = """
        ok    Subject key   32 bytes
        ok    Kafka client  librdkafka 2.0.2: ssl, sasl
        skip  Catalogue     none was given (--catalogue)
        ok    Broker        kafka:9092 answers
        ok    Topics        8, each co-partitioned one with 12 partitions
        ok    Cleanup       sagas and status are compacted, the others deleted
        ok    Forgetting    retention is finite and compaction bounded where subjects are named
        ok    Replication   3 copies at least
        ok    Message size  1000960 bytes are needed, every topic takes 1048588
        ok    Transactions  one was begun, written into and aborted
        ok    Status API    http://127.0.0.1:8080 is ready
        ok    Clocks        this machine and the coordinator agree within 5 s

        Everything is sound.

        """
}
