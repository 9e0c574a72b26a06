-- Reads the migrations of the tables.
--
-- Parameters: none.
-- Concurrency: repeated under a lock before tables are changed.
SELECT version, oldest, release FROM inbox_schema ORDER BY version
