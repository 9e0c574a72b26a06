-- Adds a line of a program to the history of an entry, with the number of its attempt.
--
-- Parameters: $1 entry, $2 word of the line, $3 name of the program, $4 reason.
-- Concurrency: the entry is locked in the same transaction.
INSERT INTO inbox_history (entry_id, at, what, attempt, actor, reason)
SELECT id, {now}, $2, attempt, $3, $4 FROM inbox_entry WHERE id = $1
