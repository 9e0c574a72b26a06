-- Erases the reasons in the history of an entry.
--
-- Parameters: $1 entry.
-- Concurrency: admin_erase has locked the entry in the same transaction.
UPDATE inbox_history SET reason = NULL WHERE entry_id = $1
