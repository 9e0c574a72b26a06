-- Gives an entry a business key, unless it has one or another entry has this one.
--
-- Parameters: $1 entry, $2 business key.
-- Concurrency: the unique index refuses a key that another transaction has inserted since, and the caller tries again.
UPDATE inbox_entry SET business_key = $2
WHERE id = $1 AND business_key IS NULL AND NOT EXISTS (SELECT 1 FROM inbox_entry AS other
    WHERE other.endpoint = inbox_entry.endpoint AND other.tenant = inbox_entry.tenant AND other.business_key = $2)
