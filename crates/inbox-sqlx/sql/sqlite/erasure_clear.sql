-- Deletes the notes of erasures up to this one, after the log `-wal` was empty.
--
-- Parameters: $1 number of the last erasure before the log was emptied.
-- Concurrency: later erasures have higher numbers, and keep their notes.
DELETE FROM inbox_erasure WHERE id <= $1
