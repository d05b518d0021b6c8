//! The config file, contexts, keymap, themes and paths: parse, validate, explain with file and line.

pub mod keymap;
