-- Inserts the row of an attempt. One row is changed if the effect is wanted and has not happened.
--
-- Parameters: $1 endpoint, $2 delivery id, $3 run.
-- Concurrency: the primary key decides between concurrent attempts, so the later one waits for the earlier transaction.
INSERT INTO inbox_effect (endpoint, delivery_id, run) VALUES ($1, $2, $3)
ON CONFLICT (endpoint, delivery_id, run) DO NOTHING
