CREATE TABLE outbox (
    target TEXT NOT NULL,
    number BIGINT NOT NULL,
    meeting_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (target, number)
) WITHOUT ROWID;
