-- Isolates entries that were abandoned more than once. Each waits for a random part of the lease times the square of
-- its expired leases (100 leases at most), so that entries which abort their process spread out.
--
-- Parameters: $1 entries, $2 reason, $3 lease in milliseconds.
-- Concurrency: claim_due has locked the rows in the same transaction.
UPDATE inbox_entry SET
    state = 'retryable',
    reason = $2,
    isolated = TRUE,
    expired_leases = expired_leases + 1,
    wait = $3 * CASE WHEN expired_leases > 10 THEN 100 ELSE expired_leases * expired_leases END,
    next_at = {now} + CAST({random} * $3 * CASE WHEN expired_leases > 10 THEN 100
        ELSE expired_leases * expired_leases END AS BIGINT)
WHERE id {in_ids}
