-- Takes the lock of transactions that store the items of a delivery, until the transaction ends.
--
-- Parameters: none.
-- Concurrency: one such transaction runs at a time, so that two of them cannot deadlock on each other's entries.
SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' inbox_payload', 0))
