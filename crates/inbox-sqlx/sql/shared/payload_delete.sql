-- Deletes the headers and bodies of these entries.
--
-- Parameters: $1 entries.
-- Concurrency: the entries are locked in the same transaction.
DELETE FROM inbox_payload WHERE entry_id {in_ids}
