-- Deletes the headers and the body of an entry.
--
-- Parameters: $1 entry.
-- Concurrency: the entry is locked in the same transaction.
DELETE FROM inbox_payload WHERE entry_id = $1
