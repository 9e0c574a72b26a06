-- Writes a refused request into a slot, which may be occupied.
--
-- Parameters: $1 endpoint, $2 slot, $3 platform, $4 kind, $5 reason, $6 status, $7 time of the refusal in microseconds,
-- $8 method, $9 path, $10 headers, $11 body, $12 length of the whole body, $13 whether headers and body are encrypted.
-- Concurrency: the primary key decides between concurrent writers, and the later one wins. The order of writing may
-- repeat a number after concurrent writes, which changes only the choice of the next slot.
INSERT INTO inbox_refused
    (endpoint, slot, platform, kind, reason, status, at, method, path, headers, body, body_length, is_sealed, kept_at,
    written)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, {stamp},
    (SELECT COALESCE(MAX(written), 0) + 1 FROM inbox_refused WHERE endpoint = $1)
WHERE TRUE
ON CONFLICT (endpoint, slot) DO UPDATE SET
    platform = excluded.platform,
    kind = excluded.kind,
    reason = excluded.reason,
    status = excluded.status,
    at = excluded.at,
    method = excluded.method,
    path = excluded.path,
    headers = excluded.headers,
    body = excluded.body,
    body_length = excluded.body_length,
    is_sealed = excluded.is_sealed,
    kept_at = excluded.kept_at,
    written = excluded.written
