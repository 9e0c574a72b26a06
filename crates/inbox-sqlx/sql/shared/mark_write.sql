-- Writes a mark, unless a mark of this name exists.
--
-- Parameters: $1 name, $2 value.
-- Concurrency: the primary key decides between concurrent writers.
INSERT INTO inbox_mark (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING
