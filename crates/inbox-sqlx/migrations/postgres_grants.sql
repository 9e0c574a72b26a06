-- The least rights of a role that receives and processes: {role}. The schema of the inbox must be in its search_path, and
-- it needs USAGE on that schema. Notifications and identity columns need no right.
--
-- Each line is one GRANT, because `connect` reads this file and compares it with the rights of its role.
GRANT SELECT, INSERT, UPDATE, DELETE ON inbox_entry TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON inbox_payload TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON inbox_history TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON inbox_refused TO {role};
GRANT SELECT, INSERT, UPDATE ON inbox_probe TO {role};
GRANT SELECT, INSERT ON inbox_mark TO {role};
GRANT SELECT, UPDATE ON inbox_clock TO {role};
GRANT SELECT ON inbox_schema TO {role};
