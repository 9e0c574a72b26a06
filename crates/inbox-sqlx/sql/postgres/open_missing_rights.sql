-- Reads the rights that this role lacks, each as `SELECT on inbox_entry`.
--
-- Parameters, each an array with one element for each right: $1 table, $2 right.
-- Concurrency: rights may be revoked later.
SELECT required || ' on ' || tables FROM unnest($1::TEXT[], $2::TEXT[]) AS given (tables, required)
WHERE has_table_privilege(to_regclass(tables), required) IS NOT TRUE
