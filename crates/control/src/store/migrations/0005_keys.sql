-- Keys are changed from time to time; each meeting keeps the one that its attendees' tokens are signed with.
CREATE TABLE seal_keys (
    key_number BIGINT PRIMARY KEY NOT NULL,
    made_ms BIGINT NOT NULL,
    seal_key BLOB NOT NULL
);
INSERT INTO seal_keys (key_number, made_ms, seal_key) SELECT 1, 0, seal_key FROM service;
ALTER TABLE service DROP COLUMN seal_key;
ALTER TABLE meetings ADD COLUMN key_number BIGINT NOT NULL DEFAULT 1;
