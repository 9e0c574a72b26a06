-- Reads the schemas with an inbox that a statement without a schema does not find: schemas outside of the search_path,
-- and schemas on which the role has no right.
--
-- Parameters: none.
-- Concurrency: a single read without locks.
SELECT nspname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relname = 'inbox_mark' AND relkind IN ('r', 'p') ORDER BY nspname LIMIT 10
