//! A home of its own for each console: nothing of the user's config, credentials or journal gets in, nothing gets out.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::backend::{Backend, REGION};

pub struct Home {
    dir: std::sync::Arc<TempDir>,
    env: Vec<(String, String)>,
}

impl Home {
    /// No config, no credentials, no network.
    pub fn empty() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = |name: &str| dir.path().join(name).display().to_string();
        let env = vec![
            ("HOME".to_owned(), dir.path().display().to_string()),
            ("XDG_CONFIG_HOME".to_owned(), path(".config")),
            ("XDG_STATE_HOME".to_owned(), path(".local/state")),
            ("XDG_DATA_HOME".to_owned(), path(".local/share")),
            ("XDG_CACHE_HOME".to_owned(), path(".cache")),
            ("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned()),
            ("TERM".to_owned(), "xterm-256color".to_owned()),
            ("LANG".to_owned(), "C.UTF-8".to_owned()),
            // A laptop: asking a metadata service that is not there would only wait.
            ("AWS_EC2_METADATA_DISABLED".to_owned(), "true".to_owned()),
            // A console that fails says where.
            ("RUST_BACKTRACE".to_owned(), "1".to_owned()),
        ];
        Self { dir: std::sync::Arc::new(dir), env }
    }

    /// Keys in the environment and every call sent to this back end.
    pub fn against(backend: &Backend) -> Self {
        Self::empty()
            .with("AWS_ACCESS_KEY_ID", "operator")
            .with("AWS_SECRET_ACCESS_KEY", "only-for-tests")
            .with("AWS_REGION", REGION)
            .with("AWS_ENDPOINT_URL", &backend.url())
    }

    /// The same folders with an environment of its own.
    pub fn share(&self) -> Self {
        Self { dir: std::sync::Arc::clone(&self.dir), env: self.env.clone() }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    /// For what is started from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.env.retain(|(n, _)| n != name);
        self.env.push((name.to_owned(), value.to_owned()));
    }

    /// Writes a file below the home and says where it is.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("the home can be written");
        fs::write(&path, text).expect("the home can be written");
        path
    }

    /// Writes the config file where the console looks for it.
    pub fn config(&self, text: &str) -> PathBuf {
        self.write(".config/pilothouse/config.toml", text)
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn env(&self) -> &[(String, String)] {
        &self.env
    }
}
