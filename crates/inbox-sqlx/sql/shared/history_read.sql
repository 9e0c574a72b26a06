-- Reads the history of an entry, the oldest line first.
--
-- Parameters: $1 entry.
-- Concurrency: a single read without locks.
SELECT at, what, attempt, actor, by_hand, reason, took FROM inbox_history WHERE entry_id = $1 ORDER BY id
