//! What the first frame needs and the arguments have no say in: got ready on a second thread while they are parsed.

use std::thread::{self, JoinHandle};

use jiff::tz::TimeZone;

use super::estate::{self, Surroundings};
use super::session::{self, Themes};
use super::{Config, Label, Paths, Theme, color_depth};
use crate::config::aws_profiles::{self, Profiles};

/// All of it.
pub struct Ready {
    pub around: Surroundings,
    pub profiles: Profiles,
    pub themes: Themes,
    /// The usual theme, or why it cannot be read.
    pub theme: Result<Theme, Label>,
    /// The system's zone.
    pub zone: TimeZone,
}

/// On its way; a command that shows no console never asks for it.
pub struct Beforehand(Option<JoinHandle<Ready>>);

impl Beforehand {
    pub fn start(paths: &Paths) -> Self {
        let paths = paths.clone();
        // A system that has no thread for us gets ready later, on this one.
        Self(thread::Builder::new().name("beforehand".to_owned()).spawn(move || get_ready(&paths)).ok())
    }

    /// Waits for what is not ready yet.
    pub fn finish(self, paths: &Paths) -> Ready {
        self.0.and_then(|thread| thread.join().ok()).unwrap_or_else(|| get_ready(paths))
    }
}

fn get_ready(paths: &Paths) -> Ready {
    let themes = Themes { folder: Some(paths.themes()), depth: color_depth() };
    let theme = themes.load(&Config::default().theme);
    let around = estate::surroundings(Some(paths.home.clone()));
    let profiles = aws_profiles::read_profiles(&around.aws.places);
    Ready { around, profiles, themes, theme, zone: session::zone(None) }
}
