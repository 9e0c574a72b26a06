-- Returns the endpoints with refused requests, with the platform of the newest one and their number. An endpoint has few
-- slots.
--
-- Parameters: none.
-- Concurrency: a single read without locks.
SELECT endpoint, COUNT(*) AS refused,
    (SELECT platform FROM inbox_refused AS newest WHERE newest.endpoint = inbox_refused.endpoint
        ORDER BY written DESC LIMIT 1) AS platform
FROM inbox_refused GROUP BY endpoint ORDER BY endpoint
