-- Erases the subject of an entry, and the name of an unknown event, because the sender chose that name.
--
-- Parameters: $1 entry.
-- Concurrency: admin_erase has locked the row in the same transaction.
UPDATE inbox_entry SET subject = NULL, event = CASE WHEN unreadable IS NULL THEN event END WHERE id = $1
