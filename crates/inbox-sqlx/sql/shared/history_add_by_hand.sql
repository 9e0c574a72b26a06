-- Adds a person's line to the history of an entry, with the number of its attempt.
--
-- Parameters: $1 entry, $2 word of the line, $3 name of the person, $4 reason, $5 whether an attempt has ended.
-- Concurrency: the entry is locked in the same transaction, or the line records no change.
INSERT INTO inbox_history (entry_id, at, what, attempt, actor, by_hand, reason, took)
SELECT id, {now}, $2, attempt, $3, TRUE, $4, CASE WHEN $5 THEN {took} END FROM inbox_entry WHERE id = $1
