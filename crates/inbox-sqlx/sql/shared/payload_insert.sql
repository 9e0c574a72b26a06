-- Stores the headers and the body of an entry, or names the row that has them.
--
-- Parameters: $1 entry, $2 time of receipt in microseconds, $3 headers, $4 body, $5 seal, $6 row that has the headers, the
-- body and the seal; NULL if this one has them.
-- Concurrency: the entry is new or locked in the same transaction, so its payload is inserted once.
INSERT INTO inbox_payload (entry_id, received_at, headers, body, seal, body_of) VALUES ($1, $2, $3, $4, $5, $6)
