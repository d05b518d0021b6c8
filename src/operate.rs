//! Plan, guard, confirm, execute, verify, journal.
