//! The keys of this screen, derived from the commands: what is not available is not listed.

use super::super::hints::is_available;
use super::super::layout;
use super::super::state::{Overlay, State};
use crate::command::{ALL, Command, Place, Risk};
use crate::config::keymap::{Key, KeyCode};

/// A heading with its rows of (keys, what they do).
pub type Section = (&'static str, Vec<(String, &'static str)>);

/// Whether a command stands under a heading.
type Belongs = fn(Command) -> bool;

/// The keys that mean something on this screen, by heading.
pub fn help(state: &State) -> Vec<Section> {
    let headings: [(&str, Belongs); 4] = [
        ("Change something", |c| c.risk() == Risk::Changes),
        ("In a list", |c| c.risk() == Risk::None && c.place() == Place::List),
        ("Panes", |c| c.place() == Place::Deck || is_of_panes(c)),
        ("Anywhere", |c| c.place() == Place::Anywhere && !is_of_panes(c)),
    ];
    let rows = |belongs: Belongs| -> Vec<_> {
        let mut rows = Vec::new();
        for &command in ALL.iter().filter(|c| belongs(**c) && is_available(state, **c)) {
            let keys: Vec<String> = state.session.keymap.keys_of(command).iter().map(ToString::to_string).collect();
            if !keys.is_empty() {
                rows.push((keys.join("  "), command.title()));
            }
        }
        rows
    };
    headings.into_iter().map(|(heading, belongs)| (heading, rows(belongs))).filter(|(_, rows)| !rows.is_empty()).collect()
}

fn is_of_panes(command: Command) -> bool {
    matches!(command, Command::Next | Command::Previous | Command::Zoom)
}

/// Lines the whole help takes: a heading, its rows, and a blank line between headings.
pub fn line_count(state: &State) -> usize {
    help(state).iter().map(|(_, rows)| rows.len() + 2).sum::<usize>().saturating_sub(1)
}

/// How far the help can be scrolled.
fn furthest(state: &State) -> usize {
    line_count(state).saturating_sub(usize::from(layout::help(state).inner().height))
}

pub(in crate::app) fn scroll(state: &mut State, lines: isize) {
    let furthest = furthest(state);
    if let Some(Overlay::Help { offset }) = state.overlays.last_mut() {
        *offset = offset.saturating_add_signed(lines).min(furthest);
    }
}

pub(super) fn press(state: &mut State, key: Key, command: Option<Command>) {
    let page = isize::try_from(layout::help(state).inner().height).unwrap_or(isize::MAX).max(1);
    match (key.code, command) {
        (KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q'), _) | (_, Some(Command::Help | Command::Back | Command::Quit)) => {
            state.overlays.pop();
        }
        (KeyCode::Down, _) | (_, Some(Command::Down)) => scroll(state, 1),
        (KeyCode::Up, _) | (_, Some(Command::Up)) => scroll(state, -1),
        (KeyCode::PageDown | KeyCode::Char(' '), _) | (_, Some(Command::PageDown)) => scroll(state, page),
        (KeyCode::PageUp, _) | (_, Some(Command::PageUp)) => scroll(state, -page),
        (_, Some(Command::Top)) => scroll(state, isize::MIN / 2),
        (_, Some(Command::Bottom)) => scroll(state, isize::MAX / 2),
        _ => {}
    }
}
