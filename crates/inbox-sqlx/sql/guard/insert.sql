-- Inserts the row of an attempt. One row is changed if the effect is wanted and has not happened.
--
-- Parameters: $1 endpoint, $2 tenant or NULL, $3 delivery id, $4 run.
-- Concurrency: the primary key decides between concurrent attempts, so the later one waits for the earlier transaction.
INSERT INTO inbox_effect (endpoint, tenant, delivery_id, run) VALUES ($1, COALESCE($2, ''), $3, $4)
ON CONFLICT (endpoint, tenant, delivery_id, run) DO NOTHING
