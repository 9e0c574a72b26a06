-- Finds the entry that has a business key.
--
-- Parameters: $1 endpoint, $2 tenant, $3 business key.
-- Concurrency: a read without locks.
SELECT id FROM inbox_entry WHERE endpoint = $1 AND tenant = $2 AND business_key = $3
