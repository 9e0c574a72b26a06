-- Erases the refused requests of one time.
--
-- Parameters: $1 endpoint, $2 time of the refusal in microseconds.
-- Concurrency: a slot that was overwritten meanwhile has another time, and stays.
DELETE FROM inbox_refused WHERE endpoint = $1 AND at = $2
