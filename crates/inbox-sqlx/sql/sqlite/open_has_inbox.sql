-- Returns whether the file has an inbox, and whether its migrations are listed.
--
-- Parameters: none.
-- Concurrency: repeated under the file's lock before tables are created.
SELECT COUNT(CASE WHEN name = 'inbox_mark' THEN 1 END) > 0, COUNT(CASE WHEN name = 'inbox_schema' THEN 1 END) > 0
FROM sqlite_schema WHERE type = 'table'
