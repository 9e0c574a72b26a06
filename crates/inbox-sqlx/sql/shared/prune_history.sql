-- Deletes the history of these entries.
--
-- Parameters: $1 entries.
-- Concurrency: prune_find_ids has locked the entries in the same transaction.
DELETE FROM inbox_history WHERE entry_id {in_ids}
