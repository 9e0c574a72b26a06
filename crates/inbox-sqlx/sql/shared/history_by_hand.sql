-- Reads the lines of persons in all histories, the newest first.
--
-- Parameters: $1 number below which the lines' numbers are, $2 largest number of lines.
-- Concurrency: a single read without locks.
SELECT line.id, entry_id, endpoint, at, what, line.attempt, actor, by_hand, line.reason, took
FROM inbox_history AS line JOIN inbox_entry ON inbox_entry.id = entry_id
WHERE by_hand = TRUE AND line.id < $1
ORDER BY line.id DESC LIMIT $2
