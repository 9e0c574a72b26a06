-- Finds the entry that has a delivery id.
--
-- Parameters: $1 endpoint, $2 tenant, $3 delivery id.
-- Concurrency: a read without locks. An id is never deleted while an import inserts its copy, because it is finished.
SELECT id FROM inbox_entry WHERE endpoint = $1 AND tenant = $2 AND delivery_id = $3
