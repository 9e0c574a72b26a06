-- Writes one small row, to show that the database can be written.
--
-- Parameters: none.
-- Concurrency: the update locks the row, so concurrent probes follow one another.
INSERT INTO inbox_probe (id, at) VALUES (1, {now}) ON CONFLICT (id) DO UPDATE SET at = excluded.at
