//! Where config, state and logs belong on this system.

use std::path::{Path, PathBuf};

/// The console's own directories. Nothing is created by asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// Holds `config.toml` and `themes/`.
    pub config: PathBuf,
    /// Holds the journal and the log.
    pub state: PathBuf,
    pub home: PathBuf,
}

impl Paths {
    /// The directories of this user by the system's conventions (XDG on Linux); `None` without a home.
    pub fn find() -> Option<Self> {
        let dirs = directories::ProjectDirs::from("", "", "pilothouse")?;
        let home = directories::BaseDirs::new()?.home_dir().to_owned();
        let state = dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_owned();
        Some(Self { config: dirs.config_dir().to_owned(), state, home })
    }

    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    pub fn themes(&self) -> PathBuf {
        self.config.join("themes")
    }

    pub fn journal(&self) -> PathBuf {
        self.state.join("journal.db")
    }

    pub fn log(&self) -> PathBuf {
        self.state.join("pilothouse.log")
    }
}

/// A path with the home shortened to `~`, for messages.
pub fn shorten(path: &Path, home: &Path) -> String {
    match path.strip_prefix(home) {
        Ok(rest) => format!("~/{}", rest.display()),
        Err(_) => path.display().to_string(),
    }
}
