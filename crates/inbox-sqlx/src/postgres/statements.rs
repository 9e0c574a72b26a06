//! The statements of PostgreSQL: those that both engines share, and its own.

crate::statements::statements! { "postgres":
    accept, attempt_finish, completion, handler_begin, items_lock, items_repeat, open_elsewhere, open_has_inbox,
    open_missing_rights, open_settings, open_settle, subject_hold,
}
