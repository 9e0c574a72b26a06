-- Counts the completed and cancelled entries among the newest ones.
--
-- {filter} is empty, or any conditions "AND column = $n", the states first.
-- Parameters: $1 and $2 ids between which the entries are, $3 number of the newest entries, then the values of the filter.
-- Concurrency: a single read without locks.
SELECT state, COUNT(*) AS number FROM inbox_entry
WHERE id > $1 AND id < $2 AND id > (SELECT MAX(id) FROM inbox_entry) - $3 {filter}
GROUP BY state
