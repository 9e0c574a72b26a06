-- Reads the headers and the body of an entry.
--
-- Parameters: $1 entry.
-- Concurrency: a single read without locks.
SELECT received_at, headers, body, seal FROM inbox_payload WHERE entry_id = $1
