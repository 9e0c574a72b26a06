-- Counts the completed and cancelled entries among the newest ones, and returns the newest id.
--
-- {filter} is empty, or any conditions "AND column = $n", with or without a LIMIT after them.
-- Parameters: $1 and $2 ids between which the entries are, $3 number of the newest entries, then the values of the filter.
-- Concurrency: a single read without locks.
SELECT COALESCE(SUM(CASE WHEN state = 'completed' THEN 1 ELSE 0 END), 0) AS completed,
    COALESCE(SUM(CASE WHEN state = 'cancelled' THEN 1 ELSE 0 END), 0) AS cancelled,
    COALESCE((SELECT MAX(id) FROM inbox_entry), 0) AS newest
FROM (
    -- No condition that the index of states serves: it would read the rows out of their order.
    SELECT state FROM inbox_entry
    WHERE id > $1 AND id < $2 AND id > (SELECT MAX(id) FROM inbox_entry) - $3
        AND CASE state WHEN 'completed' THEN TRUE WHEN 'cancelled' THEN TRUE ELSE FALSE END {filter}
) AS newest
