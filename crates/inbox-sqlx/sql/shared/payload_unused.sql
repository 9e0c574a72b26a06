-- Deletes those of these bodies that no entry has any more.
--
-- Parameters: $1 rows with bodies that entries share.
-- Concurrency: payload_shared or payload_erased has locked the rows in the same transaction.
DELETE FROM inbox_payload
WHERE entry_id {in_ids} AND NOT EXISTS (SELECT 1 FROM inbox_payload AS own WHERE own.body_of = inbox_payload.entry_id)
