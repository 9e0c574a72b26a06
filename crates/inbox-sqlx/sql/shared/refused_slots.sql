-- Finds the occupied slots of an endpoint, with the kinds of their refused requests.
--
-- Parameters: $1 endpoint.
-- Concurrency: two writers can find the same slot, and the later one overwrites it.
SELECT slot, kind, written FROM inbox_refused WHERE endpoint = $1
