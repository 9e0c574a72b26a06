//! The statements of SQLite: those that both engines share, and its own.

crate::statements::statements! { "sqlite":
    accept_entries, accept_new_ids, accept_payloads, attempt_finish, completion, erasure_clear, erasure_last,
    erasure_note, open_generation, open_has_inbox, open_highest_id, open_next_generation, turn_complete, turn_held,
}
