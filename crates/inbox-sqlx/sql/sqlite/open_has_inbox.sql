-- Returns whether the file has an inbox.
--
-- Parameters: none.
-- Concurrency: repeated under the file's lock before tables are created.
SELECT COUNT(*) > 0 FROM sqlite_schema WHERE type = 'table' AND name = 'inbox_mark'
