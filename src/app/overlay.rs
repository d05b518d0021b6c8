//! The overlays: one stack, the top one gets the keys. Text fields take what is pasted; nothing else does.

pub mod assent;
pub mod bulk;
pub mod card;
pub mod fields;
pub mod filter;
pub mod help;
pub mod menu;
pub mod mute;
pub mod order;
pub mod palette;
pub mod processes;
pub mod question;
pub mod quit;
pub mod redeploy_form;
pub mod scale_form;

use super::effect::Effect;
use super::state::{Overlay, State};
use crate::command::Command;
use crate::config::keymap::{Key, KeyCode};
use crate::domain::Label;

/// Longest text a field takes, in characters.
const LONGEST: usize = 200;

/// Hands a key to the overlay on top. `command` is what the key means outside text fields.
pub(super) fn press(state: &mut State, key: Key, command: Option<Command>, out: &mut Vec<Effect>) {
    match state.overlays.last() {
        None => {}
        Some(Overlay::Help { .. }) => help::press(state, key, command),
        Some(Overlay::Palette { .. }) => palette::press(state, key, out),
        Some(Overlay::Filter { .. }) => filter::press(state, key),
        Some(Overlay::ScaleForm(_)) => scale_form::press(state, key),
        Some(Overlay::Card(_)) => card::press(state, key, out),
        Some(Overlay::Bulk(_)) => bulk::press(state, key, out),
        Some(Overlay::Menu(_)) => menu::press(state, key, command, out),
        Some(Overlay::Processes(_)) => processes::press(state, key),
        Some(Overlay::Mute(_)) => mute::press(state, key),
        Some(Overlay::Redeploy(_)) => redeploy_form::press(state, key),
        Some(Overlay::Order { .. }) => order::press(state, key, out),
        Some(Overlay::Told { .. }) => {
            if matches!(key.code, KeyCode::Esc | KeyCode::Enter) {
                state.overlays.pop();
            }
        }
        Some(Overlay::ConfirmQuit) => quit::press(state, key, out),
        Some(Overlay::Question { .. }) => question::press(state, key, out),
    }
}

/// Text pasted by the terminal: its first line goes into the field that is open, and nowhere if none is.
pub(super) fn paste(state: &mut State, text: &str) {
    let line: String = text.lines().next().unwrap_or_default().chars().filter(|c| is_typeable(*c)).take(LONGEST).collect();
    match state.overlays.last_mut() {
        Some(Overlay::Palette { input, selected }) => {
            append(input, &line);
            *selected = 0;
        }
        Some(Overlay::Filter { .. }) => filter::append(state, &line),
        Some(Overlay::ScaleForm(_)) => scale_form::paste(state, &line),
        Some(Overlay::Card(_)) => card::paste(state, &line),
        Some(Overlay::Bulk(_)) => bulk::paste(state, &line),
        Some(Overlay::Redeploy(form)) => redeploy_form::paste(form, &line),
        Some(Overlay::Mute(form)) => append(&mut form.typed, line.trim()),
        Some(Overlay::Question { input, .. }) => append(input.edit(), line.trim()),
        Some(
            Overlay::Help { .. }
            | Overlay::ConfirmQuit
            | Overlay::Told { .. }
            | Overlay::Order { .. }
            | Overlay::Menu(_)
            | Overlay::Processes(_),
        )
        | None => {}
    }
}

/// After new data: what dialogs say is made again.
pub(super) fn world_moved(state: &mut State) {
    // Taken out and put back, so that each dialog sees the whole state beside itself.
    let mut overlays = std::mem::take(&mut state.overlays);
    for overlay in &mut overlays {
        match overlay {
            Overlay::Card(card) => card::world_moved(card, state),
            Overlay::Bulk(bulk) => bulk::world_moved(bulk, state),
            Overlay::ScaleForm(form) => scale_form::world_moved(form, state),
            Overlay::Processes(form) => processes::world_moved(form, state),
            Overlay::Redeploy(form) => redeploy_form::world_moved(form, state),
            _ => {}
        }
    }
    state.overlays = overlays;
}

fn append(text: &mut String, more: &str) {
    let room = LONGEST.saturating_sub(text.chars().count());
    text.extend(more.chars().take(room));
}

/// Edits a text field; false if the key means nothing to one.
fn edit(text: &mut String, key: Key) -> bool {
    match key.code {
        KeyCode::Char('u') if key.ctrl => text.clear(),
        KeyCode::Char('w') if key.ctrl => {
            let kept = text.trim_end().trim_end_matches(|c: char| !c.is_whitespace()).len();
            text.truncate(kept);
        }
        KeyCode::Char('h') if key.ctrl => drop(text.pop()),
        KeyCode::Char(c) if !key.ctrl && !key.alt && is_typeable(c) => append(text, c.encode_utf8(&mut [0; 4])),
        KeyCode::Backspace => drop(text.pop()),
        _ => return false,
    }
    true
}

/// Characters a field takes: what the sanitizer would turn into marks is not text.
fn is_typeable(c: char) -> bool {
    let mut buffer = [0; 4];
    let text: &str = c.encode_utf8(&mut buffer);
    Label::new(text).as_str() == text
}
