-- Makes dead letters of entries whose lease expired on their last attempt. Returns them for the log. The duration of the
-- attempt stays in `wait`, for history_add_to_each.
--
-- Parameters: $1 entries, $2 reason.
-- Concurrency: another claim may have made the same entries dead letters, so the conditions are repeated under the
-- lock.
UPDATE inbox_entry SET
    state = 'discarded',
    next_at = NULL,
    wait = CASE WHEN next_at > claimed_at THEN next_at - claimed_at ELSE 0 END,
    expired_leases = expired_leases + 1,
    isolated = FALSE,
    reason = $2,
    finished_at = {stamp}
WHERE id {in} (
    SELECT id FROM inbox_entry
    WHERE state = 'running' AND attempt >= last_attempt AND next_at <= {now} AND id {in_ids}
    {skip_locked}
){/in}
RETURNING id, platform, endpoint, delivery_id, attempt
