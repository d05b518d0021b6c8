//! The palette: every command that exists here, found by a few of its letters.

use std::cmp::Reverse;

use super::super::effect::Effect;
use super::super::hints::is_available;
use super::super::keys;
use super::super::state::{Overlay, State};
use super::edit;
use crate::command::{ALL, Command};
use crate::config::keymap::{Key, KeyCode};

pub(in crate::app) fn open(state: &mut State) {
    state.overlays.push(Overlay::Palette { input: String::new(), selected: 0 });
}

/// Commands that match the input, best first; without input all of them in the order of the help.
pub fn matches(state: &State, input: &str) -> Vec<Command> {
    let input = input.trim().to_lowercase();
    let mut found: Vec<(u8, Command)> =
        ALL.iter().filter(|c| **c != Command::Palette && is_available(state, **c)).filter_map(|c| Some((score(*c, &input)?, *c))).collect();
    found.sort_by_key(|(score, _)| Reverse(*score));
    found.into_iter().map(|(_, c)| c).collect()
}

/// How well a command matches: its name from the start, a word of its name, anywhere in name or title, its letters in order.
fn score(command: Command, input: &str) -> Option<u8> {
    let name = command.name();
    let title = command.title().to_lowercase();
    if input.is_empty() {
        Some(0)
    } else if name == input {
        Some(6)
    } else if name.starts_with(input) {
        Some(5)
    } else if name.split('-').any(|w| w.starts_with(input)) {
        Some(4)
    } else if title.split_whitespace().any(|w| w.starts_with(input)) {
        Some(3)
    } else if name.contains(input) || title.contains(input) {
        Some(2)
    } else {
        let mut letters = name.chars();
        input.chars().filter(|c| !c.is_whitespace()).all(|c| letters.any(|l| l == c)).then_some(1)
    }
}

pub(super) fn press(state: &mut State, key: Key, out: &mut Vec<Effect>) {
    let Some(Overlay::Palette { input, selected }) = state.overlays.last() else { return };
    let found = matches(state, input);
    let (last, at) = (found.len().saturating_sub(1), *selected);
    let to = match key.code {
        KeyCode::Esc => return drop(state.overlays.pop()),
        KeyCode::Enter => {
            state.overlays.pop();
            if let Some(command) = found.get(at) {
                keys::run(state, *command, out);
            }
            return;
        }
        KeyCode::Down | KeyCode::Tab if !key.shift => (at + 1).min(last),
        KeyCode::Up | KeyCode::Tab => at.saturating_sub(1),
        KeyCode::PageDown => last,
        KeyCode::PageUp => 0,
        _ => at,
    };
    if let Some(Overlay::Palette { input, selected }) = state.overlays.last_mut() {
        *selected = if edit(input, key) { 0 } else { to };
    }
}
