-- Reads a mark.
--
-- Parameters: $1 name.
-- Concurrency: a mark never changes once it was written.
SELECT value FROM inbox_mark WHERE name = $1
