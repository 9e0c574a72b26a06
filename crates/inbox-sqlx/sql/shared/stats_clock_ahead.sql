-- Returns the distance of the clock from proven time while a jump is pending, in milliseconds.
--
-- Parameters: none.
-- Concurrency: a single read without locks.
SELECT ahead_by FROM inbox_clock
