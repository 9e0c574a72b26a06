-- Increments the generation of the log `-wal`.
--
-- Parameters: none.
-- Concurrency: the connection has the database to itself, because it has just changed the journal mode.
UPDATE inbox_log SET generation = generation + 1
