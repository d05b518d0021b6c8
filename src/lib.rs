//! Pilothouse: one terminal from which a team watches and runs its fleets.
//!
//! The modules are the floors of a house; each imports only from the floors below it, and `tests/architecture.rs` proves it.

pub mod app;
pub mod budget;
pub mod cli;
pub mod command;
pub mod config;
pub mod domain;
pub mod engine;
pub mod journal;
pub mod operate;
pub mod providers;
pub mod terminal;
pub mod ui;
