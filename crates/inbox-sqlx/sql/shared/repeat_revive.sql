-- Makes a dead letter due again because the platform has sent it again: at once without a subject, in its turn with
-- one.
--
-- Parameters: $1 entry, $2 number of further attempts, $3 fingerprint of the secret that proved the new body; NULL if the
-- body is the old one, $4 position of its event, $5 digest of the profile, $6 whether the body is new.
-- Concurrency: repeat_count or key_count has locked the row in the same transaction. The caller promotes the subject afterwards.
UPDATE inbox_entry SET
    has_body = TRUE,
    secret = COALESCE($3, secret),
    item = CASE WHEN $6 THEN $4 ELSE item END,
    profile = CASE WHEN $6 THEN $5 ELSE profile END,
    state = CASE WHEN subject IS NULL THEN 'available' ELSE 'waiting' END,
    finished_at = NULL,
    reason = NULL,
    last_attempt = attempt + $2,
    wait = 0,
    expired_leases = 0,
    isolated = FALSE,
    next_at = CASE WHEN subject IS NULL THEN {now} END
WHERE id = $1
