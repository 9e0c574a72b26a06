-- Stores the headers and the body of an entry.
--
-- Parameters: $1 entry, $2 time of receipt in microseconds, $3 headers, $4 body, $5 seal.
-- Concurrency: the entry is new or locked in the same transaction, so its payload is inserted once.
INSERT INTO inbox_payload (entry_id, received_at, headers, body, seal) VALUES ($1, $2, $3, $4, $5)
