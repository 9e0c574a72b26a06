-- Locks the subjects of these entries until the transaction ends.
--
-- Parameters: $1 entries.
-- Concurrency: the locks are sorted, so that two transactions that lock several subjects cannot deadlock. The hash is
-- seeded with the table, so that two inboxes in one database do not share locks.
SELECT pg_advisory_xact_lock(hash) FROM (
    SELECT DISTINCT hashtextextended(endpoint || ' ' || tenant || ' ' || subject, tableoid::BIGINT) AS hash
    FROM inbox_entry WHERE id {in_ids} AND subject IS NOT NULL
    ORDER BY hash
) AS subjects
