-- Completes an entry in a transaction of the application, with any driver of SQLite. One row is changed if the lease is
-- still held. The clock is written with julianday, because `unixepoch('subsec')` is NULL before SQLite 3.42.
--
-- Parameters: ?1 entry, ?2 attempt.
-- Concurrency: the attempt is the fencing token: it increases with every claim. No subject is locked, because the
-- application's transaction may last; was_completed promotes the next entry.
UPDATE inbox_entry SET
    state = 'completed',
    reason = NULL,
    next_at = NULL,
    finished_at = MAX(CAST(ROUND((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER),
        COALESCE((SELECT proven_at FROM inbox_clock), 0))
WHERE id = ?1 AND attempt = ?2 AND state = 'running'
