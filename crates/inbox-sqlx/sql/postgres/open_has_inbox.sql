-- Returns whether the schemas of the search_path have an inbox, and whether its migrations are listed.
--
-- Parameters: none.
-- Concurrency: repeated under a lock before tables are created. The lookup scans pg_class, because a lookup of a name
-- may miss tables that another process has created since the transaction began.
SELECT COUNT(*) FILTER (WHERE relname = 'inbox_mark') > 0, COUNT(*) FILTER (WHERE relname = 'inbox_schema') > 0
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relname IN ('inbox_mark', 'inbox_schema') AND relkind IN ('r', 'p') AND nspname = ANY (current_schemas(FALSE))
