-- Inserts the headers and bodies of new entries.
--
-- {more_rows} is empty, or repeats ", (?, ...)" until the statement has enough rows. Rows of NULL are left out.
-- Parameters: for each row entry, time of receipt in microseconds, headers, body, seal, row that has the headers and the
-- body if it is another one.
-- Concurrency: the entries are new in the same transaction.
WITH given (entry_id, received_at, headers, body, seal, body_of) AS (
    VALUES (?, ?, ?, ?, ?, ?){more_rows}
)
INSERT INTO inbox_payload (entry_id, received_at, headers, body, seal, body_of)
SELECT entry_id, received_at, headers, body, seal, body_of FROM given WHERE entry_id IS NOT NULL
