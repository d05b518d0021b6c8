//! Colour is a verdict: which words are painted in which role.

use super::fixture::{self, press};
use super::look::{dark, draw};
use crate::app::State;
use crate::config::theme::{Color, Role};
use crate::domain::Environment;

/// Words of a screen that are painted in a role's foreground, line by line.
fn painted(state: &State, role: Role) -> Vec<String> {
    let theme = dark();
    let Some(Color::Rgb(r, g, b)) = theme.paint(role).fg else { panic!("{role:?} has no colour") };
    let fg = ratatui::style::Color::Rgb(r, g, b);
    let buffer = draw(state, &theme);
    let mut out = Vec::new();
    for y in 0..buffer.area.height {
        let mut run = String::new();
        for x in 0..=buffer.area.width {
            let cell = (x < buffer.area.width).then(|| &buffer[(x, y)]);
            match cell.filter(|c| c.fg == fg) {
                Some(c) => run.push_str(c.symbol()),
                None if !run.trim().is_empty() => out.push(std::mem::take(&mut run).trim().to_owned()),
                None => run.clear(),
            }
        }
    }
    out
}

#[test]
fn red_is_only_what_is_broken() {
    let state = fixture::state(120, 40, Environment::Staging, fixture::full());
    assert_eq!(
        painted(&state, Role::Critical),
        [
            "▲ 3 critical",
            "▲",
            "4/6",
            "2 of 6 unhealthy for 4m: health check returns 503 (bo…",
            "▲",
            "alarm",
            "▲",
            "4/6",
            "2 of 6 targets unhealthy: h…",
        ]
    );
}

#[test]
fn a_healthy_night_has_no_alarming_colour() {
    let mut snapshot = fixture::healthy();
    snapshot.changes.clear();
    let state = fixture::state(120, 40, Environment::Staging, snapshot);
    for role in [Role::Critical, Role::Warning] {
        assert_eq!(painted(&state, role), Vec::<String>::new(), "{role:?}");
    }
}

#[test]
fn what_is_not_known_is_never_green() {
    for snapshot in [fixture::loading(), fixture::broken(), fixture::partial()] {
        let state = fixture::state(120, 40, Environment::Staging, snapshot);
        assert_eq!(painted(&state, Role::Good), Vec::<String>::new());
    }
    let state = fixture::state(120, 40, Environment::Staging, fixture::healthy());
    assert_eq!(painted(&state, Role::Good), ["✓ all is well"]);
}

#[test]
fn production_is_framed_in_its_colour_and_nothing_else_is() {
    let framed = |environment| painted(&fixture::state(120, 40, environment, fixture::full()), Role::FrameProduction).len();
    assert_eq!(framed(Environment::Production), 2 + 2 * 38, "top, bottom, and both sides of every line between");
    let small = painted(&fixture::state(80, 24, Environment::Production, fixture::full()), Role::FrameProduction);
    assert_eq!(small.len(), 2 * 24, "on a small screen both sides of every line");
    for other in [Environment::Staging, Environment::Simulated, Environment::Unclassified] {
        assert_eq!(framed(other), 0, "{other:?}");
    }
}

#[test]
fn stale_data_says_so_in_its_own_colour() {
    let state = fixture::state(120, 40, Environment::Staging, fixture::stale());
    let stale = painted(&state, Role::Stale);
    for want in ["stale 48s", "throttled, next try in 6s"] {
        assert!(stale.iter().any(|w| w.contains(want)), "{want}: {stale:?}");
    }
}

#[test]
fn the_selected_row_is_on_its_own_ground() {
    let mut state = fixture::state(120, 40, Environment::Staging, fixture::full());
    press(&mut state, &["j"]);
    let Some(Color::Rgb(r, g, b)) = dark().paint(Role::Selection).bg else { panic!("no ground") };
    let buffer = draw(&state, &dark());
    let ground = ratatui::style::Color::Rgb(r, g, b);
    let rows: Vec<u16> = (0..40).filter(|y| buffer[(5, *y)].bg == ground).collect();
    assert_eq!(rows, [5, 6], "the second group with its reason");
}
