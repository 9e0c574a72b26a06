-- Deletes these entries, and with them the memory of their ids.
--
-- Parameters: $1 entries.
-- Concurrency: prune_find_ids has locked the rows in the same transaction.
DELETE FROM inbox_entry WHERE id {in_ids}
