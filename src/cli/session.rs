//! What a console session starts from: the first state for an estate, the themes, the choice of the first screen.

use std::path::PathBuf;

use jiff::tz::TimeZone;

use super::args::{DemoArgs, Global};
use super::console::Setup;
use super::estate::{self, BadInput, Estate};
use crate::app::state::{Screen, Session, Start};
use crate::app::{self, State};
use crate::config::theme::{ColorDepth, Theme};
use crate::domain::{Environment, Label, Scope};
use crate::providers::Access;

/// Where themes come from.
#[derive(Clone, Debug)]
pub struct Themes {
    pub folder: Option<PathBuf>,
    pub depth: ColorDepth,
}

impl Themes {
    /// A built-in theme, or one of the user's own.
    pub fn load(&self, name: &str) -> Result<Theme, Label> {
        Theme::load(name, self.folder.as_deref(), self.depth).map_err(|e| Label::new(e.to_string()))
    }
}

/// The state that the first frame shows: nothing read yet, everything known from flags and config.
pub fn first_state(setup: &Setup, width: u16, height: u16) -> State {
    let (context, environment, read_only, guard, operations, scopes) = match &setup.estate {
        Estate::Demo(d) => {
            let scope = Scope::new("sim", "demo", "eu-central-1");
            (Label::new("demo"), Environment::Simulated, d.access == Access::ReadOnly, d.guard.clone(), d.operations.clone(), vec![scope])
        }
        Estate::Aws(a) => {
            let account = a.profile.clone().or_else(|| setup.around.aws.profile.clone()).unwrap_or_else(|| "default".to_owned());
            let scopes = a.regions.iter().map(|r| Scope::new("aws", account.clone(), r.clone())).collect();
            (a.name.clone(), a.guard.environment, a.access == Access::ReadOnly, a.guard.clone(), a.operations.clone(), scopes)
        }
        Estate::Choose { .. } => {
            let config = &setup.config;
            (Label::default(), Environment::Unclassified, true, config.guard.clone(), config.operations.clone(), Vec::new())
        }
    };
    let session = Session {
        context,
        environment,
        scopes,
        read_only,
        guard,
        operations,
        keymap: setup.config.keymap.clone(),
        remarks: setup.remarks.clone(),
        zone: setup.zone.clone(),
    };
    let mut state = State::new(session, setup.clock.now(), width, height);
    state.theme.clone_from(&setup.config.theme);
    if let Estate::Choose { reason } = &setup.estate {
        let found = estate::found_profiles(&setup.profiles, setup.around.aws.places.home.as_deref());
        state.screen = Screen::Start(Start { reason: reason.clone(), profiles: found, selected: 0 });
    }
    state
}

/// The zone of this name, else the system's.
pub fn zone(name: Option<&str>) -> TimeZone {
    name.and_then(|n| TimeZone::get(n).ok()).or_else(local_zone).unwrap_or_else(TimeZone::system)
}

/// The zone that `/etc/localtime` holds. Asking for the system's zone first lists every zone file there is, which takes longer than all
/// else before the first frame.
#[expect(clippy::disallowed_methods, reason = "the composition root reads the environment, and this file before the loop begins")]
fn local_zone() -> Option<TimeZone> {
    const FILE: &str = "/etc/localtime";
    if std::env::var_os("TZ").is_some() {
        return None;
    }
    let file = std::fs::read_link(FILE).unwrap_or_else(|_| FILE.into());
    let (_, name) = file.to_str()?.split_once("zoneinfo/").unwrap_or(("", "Local"));
    TimeZone::tzif(name, &std::fs::read(FILE).ok()?).ok()
}

/// The estate behind a choice of the first screen.
pub fn chosen(choice: &app::effect::Estate, setup: &Setup) -> Result<Estate, BadInput> {
    match choice {
        app::effect::Estate::Demo => {
            let args = DemoArgs { scenario: None, speed: 1.0, seed: DemoArgs::SEED, groups: None, members: None };
            estate::demo(&args, &Global::default(), &setup.config)
        }
        app::effect::Estate::Profile { profile, regions } => {
            let global = Global { profile: Some(profile.clone()), regions: regions.clone(), ..Global::default() };
            estate::from_aws(&global, &setup.config, &setup.around, &setup.profiles)
        }
    }
}
