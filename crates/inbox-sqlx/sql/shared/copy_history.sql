-- Adds a line of another inbox to the history of a copy.
--
-- Parameters: $1 entry, $2 time in milliseconds, $3 word of the line, $4 number of the attempt, $5 worker or person, $6
-- whether it is a person, $7 reason, $8 duration in milliseconds.
-- Concurrency: the entry is new in the same transaction.
INSERT INTO inbox_history (entry_id, at, what, attempt, actor, by_hand, reason, took)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
