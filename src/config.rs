//! The config file, contexts, keymap, themes and paths: parse, validate, explain with file and line.

pub mod aws_profiles;
pub mod aws_regions;
mod guards;
pub mod keymap;
pub mod operations;
pub mod paths;
pub mod probe;
pub mod reader;
pub mod settings;
pub mod suggest;
pub mod theme;

pub use operations::OperationSettings;
pub use paths::Paths;
pub use reader::{Gravity, Problem};
pub use settings::{Config, ContextConfig, load, parse};
