-- Locks the rows with the bodies that these entries share with others, and returns them.
--
-- Parameters: $1 entries.
-- Concurrency: the rows stay locked until the transaction ends, so that of two transactions that delete the last two
-- references to a body, the second one sees that none is left.
SELECT entry_id FROM inbox_payload
WHERE entry_id IN (SELECT own.body_of FROM inbox_payload AS own WHERE own.entry_id {in_ids})
ORDER BY entry_id {for_update}
