-- Notes that an entry of these bodies was erased, so that they are deleted when their other entries are processed.
--
-- Parameters: $1 rows with bodies that entries share.
-- Concurrency: payload_shared has locked the rows in the same transaction.
UPDATE inbox_payload SET is_erased = TRUE WHERE entry_id {in_ids}
