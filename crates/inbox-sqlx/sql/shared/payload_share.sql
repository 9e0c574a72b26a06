-- Stores the headers and the body that the items of one delivery share. Returns the number of the row, which is negative
-- and therefore belongs to no entry.
--
-- Parameters: $1 time of receipt in microseconds, $2 headers, $3 body, $4 seal.
-- Concurrency: one transaction at a time stores items: it has locked the file, or taken the lock of items_lock.
INSERT INTO inbox_payload (entry_id, received_at, headers, body, seal)
SELECT COALESCE(MIN(entry_id), 0) - 1, $1, $2, $3, $4 FROM inbox_payload WHERE entry_id < 0
RETURNING entry_id
