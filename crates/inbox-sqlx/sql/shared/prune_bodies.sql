-- Notes that these entries have no body any more.
--
-- Parameters: $1 entries.
-- Concurrency: prune_find_bodies has locked the rows in the same transaction.
UPDATE inbox_entry SET has_body = FALSE, secret = NULL, reason = NULL WHERE id {in_ids}
