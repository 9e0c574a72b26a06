-- Reads the identity of the inbox.
--
-- Parameters: none.
-- Concurrency: the identity never changes once the tables were created.
SELECT value FROM inbox_mark WHERE name = 'identity'
