-- Reads the columns of an entry that a list does not show, for a copy in another inbox.
--
-- Parameters: $1 entry.
-- Concurrency: a single read without locks. The caller repeats it if the entry was changed between its reads.
SELECT body_digest, subject, business_key, ordered_at, keeps_id FROM inbox_entry WHERE id = $1
