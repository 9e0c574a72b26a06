-- Returns the highest id that an entry ever had. A restored file with older content has a lower one.
--
-- Parameters: none.
-- Concurrency: a single read without locks.
SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = 'inbox_entry'
