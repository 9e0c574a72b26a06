-- Stores the result of decoding a body again. The subject of an unfinished entry stays, because it decides the order of
-- entries that may be running.
--
-- Parameters: $1 entry, $2 event, $3 why it is unreadable, $4 subject, $5 digest of the profile.
-- Concurrency: the update locks the row.
UPDATE inbox_entry SET
    event = $2,
    unreadable = $3,
    profile = $5,
    subject = CASE WHEN finished_at IS NULL THEN subject ELSE COALESCE($4, subject) END
WHERE id = $1 AND has_body = TRUE
