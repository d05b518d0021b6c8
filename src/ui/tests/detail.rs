//! Drilled-in screens and the first screen.

use super::fixture::{self, press};
use super::look::assert_picture;
use crate::app::State;
use crate::app::state::{FoundProfile, Start};
use crate::domain::{Environment, FailureKind, Label, SourceKind};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

fn full(width: u16, height: u16) -> State {
    fixture::state(width, height, Environment::Staging, fixture::full())
}

#[test]
fn group() {
    for (width, height) in SIZES {
        let mut state = full(width, height);
        press(&mut state, &["enter"]);
        assert_picture(&format!("group_members_{width}x{height}"), &state);
    }
}

#[test]
fn group_tabs() {
    let mut state = full(120, 40);
    press(&mut state, &["enter"]);
    for tab in ["activities", "policies", "schedule", "versions", "tags"] {
        press(&mut state, &["tab"]);
        assert_picture(&format!("group_{tab}_120x40"), &state);
    }
}

#[test]
fn group_tab_not_allowed() {
    let mut snapshot = fixture::full();
    fixture::change_source(&mut snapshot, SourceKind::Policies, |s| {
        (s.read_at, s.rows) = (None, 0);
        s.failure = Some(fixture::failure(FailureKind::Forbidden, "autoscaling:DescribePolicies", "not authorized"));
    });
    for group in &mut snapshot.groups {
        std::sync::Arc::make_mut(group).item.policies = None;
    }
    let mut state = fixture::state(80, 24, Environment::Staging, snapshot);
    press(&mut state, &["enter", "tab", "tab"]);
    assert_picture("group_policies_not_allowed_80x24", &state);
}

#[test]
fn group_that_vanished() {
    let mut state = full(120, 40);
    press(&mut state, &["enter"]);
    let mut snapshot = fixture::full();
    snapshot.generation += 1;
    snapshot.groups.retain(|g| &*g.item.name != "portal");
    fixture::show(&mut state, snapshot);
    assert_picture("group_vanished_120x40", &state);
}

#[test]
fn pool() {
    for (width, height) in SIZES {
        let mut state = full(width, height);
        press(&mut state, &["2", "enter"]);
        assert_picture(&format!("pool_{width}x{height}"), &state);
    }
}

#[test]
fn pool_whose_targets_could_not_be_read() {
    let mut state = full(80, 24);
    press(&mut state, &["2", "j", "enter"]);
    assert_picture("pool_unread_80x24", &state);
}

#[test]
fn database() {
    for (width, height) in SIZES {
        let mut state = full(width, height);
        press(&mut state, &["3", "enter"]);
        assert_picture(&format!("database_{width}x{height}"), &state);
    }
}

fn start(profiles: Vec<FoundProfile>) -> Start {
    Start { reason: Label::new("No AWS credentials were found, and there is no config file. Choose what to open."), profiles, selected: 0 }
}

fn profile(name: &str, region: Option<&str>, kind: &str) -> FoundProfile {
    FoundProfile {
        name: name.to_owned(),
        label: Label::new(name),
        region: region.map(str::to_owned),
        kind: Label::new(kind),
        origin: Label::new("~/.aws/config:12"),
    }
}

#[test]
fn first_screen() {
    let found = || {
        vec![
            profile("portal-production", Some("eu-central-1"), "sso"),
            profile("portal-staging", Some("eu-central-1"), "assume role"),
            profile("sandbox", None, "static keys"),
        ]
    };
    for (width, height) in SIZES {
        let session = fixture::session(Environment::Unclassified);
        let mut state = State::choosing(session, start(found()), fixture::now(), width, height);
        press(&mut state, &["j"]);
        assert_picture(&format!("start_{width}x{height}"), &state);
    }
    let session = fixture::session(Environment::Unclassified);
    let state = State::choosing(session, start(Vec::new()), fixture::now(), 80, 24);
    assert_picture("start_nothing_found_80x24", &state);
}
