-- Reads the entries that accept_entries has just inserted: they have the highest ids.
--
-- Parameters: $1 number of inserted entries.
-- Concurrency: the writer has locked the file since accept_entries.
SELECT id, endpoint, tenant, delivery_id FROM inbox_entry ORDER BY id DESC LIMIT $1
