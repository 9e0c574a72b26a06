-- Finds the occupied slots of an endpoint, with the kinds of their refused requests.
--
-- Parameters: $1 endpoint.
-- Concurrency: the rows stay locked until the transaction ends. Writers lock them in one order, so that two of them cannot
-- deadlock. Writers of an endpoint without rows take the same free slots in the same order.
SELECT slot, kind, written FROM inbox_refused WHERE endpoint = $1
ORDER BY slot
{for_update}
