-- Inserts the copy of an entry of another inbox, unless its delivery id or its business key is taken. Returns its id. The
-- copy is finished, so no worker claims it, and its age for deletion begins now.
--
-- Parameters: $1 endpoint, $2 tenant, $3 platform, $4 delivery id, $5 whether that id is derived, $6 event, $7 why it is
-- unreadable, $8 digest of the body, $9 state, $10 number of attempts made, $11 number of the last attempt, $12 number of
-- repeats, $13 number of conflicts, $14 time of receipt in microseconds, $15 reason, $16 whether it has a body, $17
-- subject, $18 time of its order in microseconds, $19 number of the run, $20 entry with which it conflicts, $21 entry that
-- has its business key, $22 business key, $23 fingerprint of the secret, $24 whether its id is kept without end, $25
-- position of its event, $26 digest of the profile.
-- Concurrency: the unique indexes decide between concurrent inserts of one id or of one business key.
INSERT INTO inbox_entry (endpoint, tenant, platform, delivery_id, is_derived, event, unreadable, body_digest, state,
    attempt, last_attempt, repeats, conflicts, received_at, last_seen_at, finished_at, worker, reason, has_body, subject,
    ordered_at, run, conflict_of, repeat_of, business_key, secret, keeps_id, item, profile)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, {stamp}, {stamp}, '', $15, $16, $17, $18, $19, $20,
    $21, $22, $23, $24, $25, $26)
ON CONFLICT DO NOTHING
RETURNING id
