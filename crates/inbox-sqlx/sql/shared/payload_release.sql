-- Takes these bodies from their processed entries. An entry that is not processed keeps its body.
--
-- Parameters: $1 rows with bodies that entries share.
-- Concurrency: rows that another transaction has locked are left out, because it may wait for one of these bodies. They
-- keep their body until pruning finds it.
UPDATE inbox_entry SET has_body = FALSE, secret = NULL
WHERE id {in} (
    SELECT id FROM inbox_entry
    WHERE id {in}(SELECT own.entry_id FROM inbox_payload AS own WHERE own.body_of {in_ids}){/in}
        AND state IN ('completed', 'cancelled')
    {skip_locked}
){/in}
