-- Returns whether the schemas of the search_path have an inbox, and whether its migrations are listed.
--
-- Parameters: none.
-- Concurrency: repeated under a lock before tables are created.
SELECT to_regclass('inbox_mark') IS NOT NULL, to_regclass('inbox_schema') IS NOT NULL
