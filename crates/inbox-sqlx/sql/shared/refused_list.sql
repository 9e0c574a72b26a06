-- Lists the refused requests of an endpoint, the newest first.
--
-- Parameters: $1 endpoint.
-- Concurrency: it reads a snapshot.
SELECT platform, kind, reason, status, at, method, path, headers, body, body_length, is_sealed FROM inbox_refused
WHERE endpoint = $1
ORDER BY at DESC, written DESC
