-- Notes an erasure whose text may still be in the log `-wal`.
--
-- Parameters: none.
-- Concurrency: written in the transaction of the erasure, so that a restart finds the note.
INSERT INTO inbox_erasure DEFAULT VALUES
