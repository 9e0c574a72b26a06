-- Finds the entry that has a business key.
--
-- Parameters: $1 endpoint, $2 business key, $3 tenant.
-- Concurrency: the row stays locked until the transaction ends. Every transaction locks it before the row of a delivery
-- id, so that two of them cannot deadlock.
SELECT id FROM inbox_entry WHERE endpoint = $1 AND tenant = $3 AND business_key = $2 {for_update}
