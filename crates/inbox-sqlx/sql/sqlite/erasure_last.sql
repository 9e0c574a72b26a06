-- Returns the number of the last erasure whose text may be in the log `-wal`; 0 if there is none.
--
-- Parameters: none.
-- Concurrency: read before the log is emptied, so that a later erasure keeps its note.
SELECT COALESCE(MAX(id), 0) FROM inbox_erasure
