-- Notes that an entry has its body again.
--
-- Parameters: $1 entry.
-- Concurrency: repeat_count or conflict_count has locked the row in the same transaction.
UPDATE inbox_entry SET has_body = TRUE WHERE id = $1
