CREATE TABLE service (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    revision BIGINT NOT NULL,
    seal_key BLOB NOT NULL
);

CREATE TABLE meetings (
    meeting_id TEXT PRIMARY KEY NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    client_request_token TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    request TEXT NOT NULL,
    UNIQUE (account, region, client_request_token)
);

CREATE TABLE attendees (
    meeting_id TEXT NOT NULL REFERENCES meetings (meeting_id) ON DELETE CASCADE,
    sequence BIGINT NOT NULL,
    attendee_id TEXT NOT NULL,
    external_user_id TEXT NOT NULL,
    capabilities TEXT NOT NULL,
    PRIMARY KEY (meeting_id, sequence),
    UNIQUE (meeting_id, attendee_id),
    UNIQUE (meeting_id, external_user_id)
);
