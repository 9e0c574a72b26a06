-- Deletes the old refused requests of an endpoint, at most as many as it has slots.
--
-- Parameters: $1 endpoint, $2 latest stamp that is old enough.
-- Concurrency: a slot that is overwritten at the same time has a new stamp, and stays.
DELETE FROM inbox_refused WHERE endpoint = $1 AND kept_at <= $2
