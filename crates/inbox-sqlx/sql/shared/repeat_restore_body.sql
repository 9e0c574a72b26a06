-- Notes that an entry has its body again.
--
-- Parameters: $1 entry, $2 fingerprint of the secret that proved the body, $3 position of its event, $4
-- digest of the profile.
-- Concurrency: repeat_count or conflict_count has locked the row in the same transaction.
UPDATE inbox_entry SET has_body = TRUE, secret = $2, item = $3, profile = $4 WHERE id = $1
