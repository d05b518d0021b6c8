//! The config file, contexts, keymap, themes and paths: parse, validate, explain with file and line.

pub mod aws_profiles;
pub mod aws_regions;
pub mod keymap;
pub mod suggest;
pub mod theme;
