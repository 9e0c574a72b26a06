-- Reads the headers and the body of an entry. The items of one delivery share the row that has them.
--
-- Parameters: $1 entry.
-- Concurrency: a single read without locks.
SELECT whole.received_at, whole.headers, whole.body, whole.seal
FROM inbox_payload AS own JOIN inbox_payload AS whole ON whole.entry_id = COALESCE(own.body_of, own.entry_id)
WHERE own.entry_id = $1
