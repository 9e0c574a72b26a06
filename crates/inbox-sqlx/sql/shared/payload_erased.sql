-- Finds bodies of erased entries that processed entries share, and locks them.
--
-- Parameters: $1 largest number of bodies.
-- Concurrency: the rows stay locked until the transaction ends, and rows that another transaction has locked are left
-- out.
SELECT entry_id FROM inbox_payload
WHERE is_erased = TRUE AND NOT EXISTS (
    SELECT 1 FROM inbox_payload AS own JOIN inbox_entry ON id = own.entry_id
    WHERE own.body_of = inbox_payload.entry_id AND state NOT IN ('completed', 'cancelled'))
LIMIT $1
{skip_locked}
