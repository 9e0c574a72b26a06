-- Settles a session. These settings override those of the database and of the user.
--
-- Parameters: $1 limit of a statement and of an idle transaction, $2 limit of a wait for a lock, in milliseconds, as
-- texts.
-- Concurrency: the settings are the session's.
SELECT set_config('synchronous_commit', 'on', FALSE),
    set_config('statement_timeout', $1, FALSE),
    set_config('idle_in_transaction_session_timeout', $1, FALSE),
    set_config('lock_timeout', $2, FALSE),
    set_config('default_transaction_isolation', 'read committed', FALSE)
