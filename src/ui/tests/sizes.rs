//! No size panics, nothing is drawn outside, and hostile names change nothing.

use std::sync::Arc;

use super::fixture::{self, press};
use super::look::{dark, draw, save, text};
use crate::app::State;
use crate::config::theme::{ColorDepth, Theme};
use crate::domain::{Environment, Label};

const SCREENS: [&[&str]; 11] = [
    &[],
    &["enter"],
    &["2", "enter"],
    &["3", "enter"],
    &["4"],
    &["5", "z"],
    &["?"],
    &[":"],
    &["j", "k", "s"],
    &["j", "k", "-"],
    &["/", "a"],
];

#[test]
fn every_size_from_one_cell_up_is_drawn() {
    let snapshot = Arc::new(fixture::full());
    for environment in [Environment::Staging, Environment::Production] {
        for keys in SCREENS {
            let mut state = State::new(fixture::session(environment), fixture::now(), 120, 40);
            crate::app::update(&mut state, crate::app::Msg::Snapshot(snapshot.clone()), fixture::now());
            press(&mut state, keys);
            for width in [1, 2, 3, 4, 7, 13, 20, 39, 40, 41, 55, 80, 99, 100, 102, 250] {
                for height in [1, 2, 3, 5, 8, 9, 12, 25, 30, 80] {
                    crate::app::update(&mut state, crate::app::Msg::Resize { width, height }, fixture::now());
                    draw(&state, &dark());
                }
            }
        }
    }
}

/// A resize that the loop has not told of yet: the frame and the state disagree.
#[test]
fn a_frame_smaller_than_the_state_is_clipped() {
    let mut state = fixture::state(200, 60, Environment::Production, fixture::full());
    press(&mut state, &["j", "k", "s"]);
    for (width, height) in [(60, 20), (41, 9), (200, 10), (3, 3)] {
        let mut terminal = ratatui::Terminal::new(ratatui::backend::TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| crate::ui::draw(frame, &state, &dark())).unwrap();
    }
}

#[test]
fn a_tiny_terminal_says_what_is_wrong() {
    let state = fixture::state(30, 5, Environment::Staging, fixture::full());
    let shown = text(&draw(&state, &dark()));
    assert!(shown.starts_with("▲ 3 critical"), "{shown}");
    assert!(shown.contains("too small"), "{shown}");
}

#[test]
fn hostile_names_are_visible_marks() {
    let mut snapshot = fixture::full();
    for group in &mut snapshot.groups {
        let group = Arc::make_mut(group);
        group.item.name = Label::new(format!("\x1b[2J\u{202e}{}\u{200b}\x07", group.item.name));
    }
    let state = fixture::state(120, 40, Environment::Staging, snapshot);
    let buffer = draw(&state, &dark());
    assert!(buffer.content.iter().all(|c| c.symbol().chars().all(|c| !c.is_control() && c != '\u{202e}' && c != '\u{200b}')));
    assert!(text(&buffer).contains("␛[2J‹202e›"));
}

/// The cost of a frame does not depend on how much there is, and neither does what stands where.
#[test]
fn columns_do_not_move_when_digits_are_added() {
    let columns = |snapshot| {
        let state = fixture::state(120, 40, Environment::Staging, snapshot);
        let shown = text(&draw(&state, &dark()));
        shown.lines().nth(2).map(str::to_owned).unwrap()
    };
    let mut grown = fixture::full();
    for group in &mut grown.groups {
        let group = Arc::make_mut(group);
        (group.item.desired, group.item.max) = (group.item.desired.map(|d| d * 100), group.item.max.map(|m| m * 100));
    }
    assert_eq!(columns(fixture::full()).split(" 4 METRICS").next(), columns(grown).split(" 4 METRICS").next());
}

#[test]
fn every_theme_and_depth_shows_the_same_words() {
    let state = fixture::state(120, 40, Environment::Production, fixture::full());
    let words = text(&draw(&state, &dark()));
    for name in Theme::embedded_names() {
        for depth in [ColorDepth::Mono, ColorDepth::Ansi16, ColorDepth::Ansi256, ColorDepth::TrueColor] {
            let theme = Theme::load(name, None, depth).unwrap();
            let buffer = draw(&state, &theme);
            save(&format!("theme_{name}_{depth:?}"), &buffer);
            assert_eq!(text(&buffer), words, "{name} {depth:?}");
            if depth == ColorDepth::Mono {
                use ratatui::style::Color;
                assert!(buffer.content.iter().all(|c| c.fg == Color::Reset && c.bg == Color::Reset), "{name}: NO_COLOR means none");
            }
        }
    }
}
