-- What of a meeting changes while it lives. Tags were kept with the request before.
ALTER TABLE meetings ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE meetings ADD COLUMN transcription TEXT;
ALTER TABLE meetings ADD COLUMN lock TEXT;
UPDATE meetings SET tags = coalesce(json_extract(request, '$.Tags'), '[]');
