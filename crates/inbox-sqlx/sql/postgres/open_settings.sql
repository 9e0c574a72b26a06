-- Reads the settings on which durability rests, and the encoding.
--
-- Parameters: none.
-- Concurrency: fsync and full_page_writes are the server's, and may change while it runs.
SELECT current_setting('synchronous_commit'), current_setting('fsync'), current_setting('full_page_writes'),
    current_setting('server_encoding')
