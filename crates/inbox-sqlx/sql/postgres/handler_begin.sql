-- Returns whether a lease is held, and settles the transaction of its handler. The handler's limit is also the
-- server's, so that a statement which a stopped handler has left running ends soon after. An earlier handler may have
-- changed synchronous_commit.
--
-- Parameters: $1 entry, $2 attempt, $3 limit in milliseconds, as a text.
-- Concurrency: the entry is not locked, so that repeats are counted while the handler runs. attempt_finish checks the
-- lease once more.
SELECT EXISTS (SELECT 1 FROM inbox_entry WHERE id = $1 AND attempt = $2 AND state = 'running'),
    set_config('statement_timeout', $3, TRUE),
    set_config('idle_in_transaction_session_timeout', $3, TRUE),
    set_config('synchronous_commit', 'on', TRUE)
