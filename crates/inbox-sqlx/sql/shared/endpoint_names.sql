-- Returns the names of the endpoints with entries, in their order. Each step looks one name up, so that the number of
-- entries does not matter.
--
-- Parameters: none.
-- Concurrency: a single read without locks.
WITH RECURSIVE named(endpoint) AS (
    SELECT (SELECT endpoint FROM inbox_entry ORDER BY endpoint LIMIT 1)
    UNION ALL
    SELECT (SELECT inbox_entry.endpoint FROM inbox_entry WHERE inbox_entry.endpoint > named.endpoint
        ORDER BY inbox_entry.endpoint LIMIT 1)
    FROM named WHERE named.endpoint IS NOT NULL
)
SELECT endpoint FROM named WHERE endpoint IS NOT NULL
