-- Counts entries.
--
-- {filter} is empty, or any conditions "AND column = $n".
-- Parameters: $1 and $2 ids between which the entries are, $3 largest number to count to, then the values of the filter.
-- Concurrency: a single read without locks.
SELECT COUNT(*) FROM (SELECT 1 AS one FROM inbox_entry WHERE id > $1 AND id < $2 {filter} LIMIT $3) AS found
