//! The statements under `sql/`, prepared once per engine.
//!
//! Each statement is a file that can be pasted into `sqlite3` or `psql` after its placeholders were replaced. The texts
//! of the placeholders are in `sql/ENGINE/placeholders.txt`. Files in `sql/shared` serve both engines; a file in
//! `sql/sqlite` or `sql/postgres` serves one. Commands of a session (`PRAGMA`, `SAVEPOINT`, `SET`, `NOTIFY`) touch no
//! table, so they are constants in the code that sends them.
//!
//! - **Guarantees**: a statement has the same text at every call, so that its prepared form is found in the cache of
//!   each connection. Comments are removed, because the text is sent to the server and shown in its logs.
//! - **Assumes** that a comment has a line to itself.
//! - **Without it**, texts would be formatted for every call, or glued together where they cannot be read.

/// Removes the comments of a statement and replaces the placeholders of an engine, which are in the form of
/// `placeholders.txt`: `name = text` on each line. Placeholders that the file does not have remain.
pub(crate) fn prepare(statement: &str, placeholders: &str) -> String {
    let lines = statement.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("--"));
    let mut text = lines.collect::<Vec<_>>().join("\n");
    for line in placeholders.lines().filter(|line| !line.starts_with("--")) {
        if let Some((name, value)) = line.split_once('=') {
            text = text.replace(&format!("{{{}}}", name.trim()), value.trim());
        }
    }
    text
}

/// Defines the statements of an engine: those of `sql/shared`, which are listed here, and its own.
macro_rules! statements {
    ($engine:literal: $($own:ident),+ $(,)?) => {
        $crate::statements::statements! { @define $engine
            "shared": activity_ended, activity_received, admin_cancel, admin_discard, admin_erase, admin_erase_names, admin_erase_reasons, admin_mark_done, admin_redecode, admin_redeliver,
                admin_release, admin_revive, attempt_extend, attempt_postpone, claim_bury, claim_due, claim_isolate,
                claim_parked, claim_take, claim_take_parked, claim_turns, claim_turns_lock, clock_read, clock_write, completion_found,
                completion_noted, conflict_count, conflict_insert, counts_newest, endpoint_names, endpoint_newest, entry_count, entry_get, entry_list, entry_list_with_body,
                history_add, history_add_by_hand, history_add_by_worker, history_add_to_each, history_by_hand, history_read, identity_read, key_count,
                key_hold, key_insert, key_keep, key_lock, key_yield, mark_read, mark_write, open_schema, payload_delete, payload_erased,
                payload_insert, payload_mark_erased, payload_read, payload_release, payload_released, payload_share,
                payload_shared, payload_unused, probe_write, prune_bodies, prune_entries, prune_find_bodies,
                prune_find_ids, prune_history, prune_reasons, refused_endpoints, refused_erase, refused_list, refused_prune,
                refused_slots, refused_write, repeat_count, repeat_is_late, repeat_restore_body, repeat_revive,
                secret_uses, stats_clock_ahead, stats_conflicts, stats_endpoint_conflicts, stats_endpoint_due,
                stats_endpoint_seen, stats_endpoint_states,
                stats_oldest_due, stats_states, subject_give_way, subject_orphans, subject_promote, waits_clock,
                waits_correct, waits_renew_leases;
            $engine: $($own),+
        }
    };
    (@define $engine:literal $($folder:literal: $($name:ident),+);+) => {
        /// The texts of the statements, each named after its file.
        pub(crate) struct Statements {
            $($(pub(crate) $name: &'static str,)+)+
        }

        /// The statements of this engine.
        pub(crate) static SQL: std::sync::LazyLock<Statements> = std::sync::LazyLock::new(|| {
            let placeholders = include_str!(concat!("../../sql/", $engine, "/placeholders.txt"));
            Statements {
                $($($name: $crate::statements::prepare(
                    include_str!(concat!("../../sql/", $folder, "/", stringify!($name), ".sql")),
                    placeholders,
                ).leak(),)+)+
            }
        });
    };
}

pub(crate) use statements;

#[cfg(test)]
mod tests {
    use super::prepare;

    #[test]
    fn a_statement_is_prepared_without_its_comments() {
        let statement = "-- Says {now}.\n\nSELECT {later}\n    -- aside\n    FROM {table} {}";
        let placeholders = "-- a = b\nlater = {now} + 1\nnow = = now()\nnone =\n";
        assert_eq!(prepare(statement, placeholders), "SELECT = now() + 1\nFROM {table} {}");
    }
}
