-- When a meeting was made, by the clock of the machine's run that is named here; without a name, by none yet.
ALTER TABLE service ADD COLUMN boot TEXT;
ALTER TABLE meetings ADD COLUMN born_ms BIGINT NOT NULL DEFAULT 0;
