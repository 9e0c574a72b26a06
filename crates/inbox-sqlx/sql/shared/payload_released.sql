-- Deletes the references of entries that have no body any more to these bodies.
--
-- Parameters: $1 rows with bodies that entries share.
-- Concurrency: payload_release has changed the entries in the same transaction.
DELETE FROM inbox_payload
WHERE body_of {in_ids} AND NOT EXISTS (SELECT 1 FROM inbox_entry WHERE id = inbox_payload.entry_id AND has_body = TRUE)
