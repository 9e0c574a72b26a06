-- Deletes the reasons in the history of these entries.
--
-- Parameters: $1 entries.
-- Concurrency: prune_find_bodies has locked the entries in the same transaction.
UPDATE inbox_history SET reason = NULL WHERE reason IS NOT NULL AND entry_id {in_ids}
