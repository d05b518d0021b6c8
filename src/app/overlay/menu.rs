//! The menu behind `c`: what can be done with what is selected. It lists commands, so that nothing is reached here that has no name.

use super::super::effect::Effect;
use super::super::hints::is_available;
use super::super::keys;
use super::super::state::{Menu, Overlay, State};
use super::super::subject;
use super::super::update::notify;
use crate::command::{ALL, Command, Place, Risk};
use crate::config::keymap::{Key, KeyCode};
use crate::domain::Label;

/// Opens it on what is selected.
pub(in crate::app) fn open(state: &mut State) {
    let Some((title, places)) = about(state) else { return notify(state, "choose something to change first") };
    let mut commands: Vec<Command> = ALL
        .iter()
        .copied()
        .filter(|c| c.risk() == Risk::Changes && *c != Command::Change && places.contains(&c.place()) && is_available(state, *c))
        .collect();
    // What is particular to the thing comes first.
    commands.sort_by_key(|c| places.iter().position(|p| *p == c.place()));
    if commands.is_empty() {
        return notify(state, "nothing can be changed here");
    }
    state.overlays.push(Overlay::Menu(Menu { title, commands, selected: 0 }));
}

/// What it is about, most particular first.
fn about(state: &State) -> Option<(Label, &'static [Place])> {
    let named = |name: &Label| Some(name.clone());
    if let Some(m) = subject::members(state) {
        let group = state.shown().group(&m.group)?;
        let label = match &m.members[..] {
            [one] => group.item.members.iter().find(|x| x.id == *one).map(|x| x.label.clone())?,
            many => Label::new(format!("{} marked members", many.len())),
        };
        return Some((Label::new(format!("{label} of {}", group.item.name)), &[Place::Member]));
    }
    if let Some(id) = subject::alarm(state) {
        return Some((state.shown().alarm(&id).and_then(|a| named(&a.item.name))?, &[Place::Alarm, Place::Subject]));
    }
    if let Some(id) = subject::database(state) {
        return Some((state.shown().database(&id).and_then(|d| named(&d.item.name))?, &[Place::Database, Place::Subject]));
    }
    let groups = subject::groups(state);
    let title = match &groups[..] {
        [] => return None,
        [one] => state.shown().group(one).and_then(|g| named(&g.item.name))?,
        many => Label::new(format!("{} marked groups", many.len())),
    };
    Some((title, &[Place::Group, Place::Subject]))
}

pub(super) fn press(state: &mut State, key: Key, command: Option<Command>, out: &mut Vec<Effect>) {
    let Some(Overlay::Menu(menu)) = state.overlays.last_mut() else { return };
    let last = menu.commands.len().saturating_sub(1);
    match (key.code, command) {
        (KeyCode::Enter, _) | (_, Some(Command::Open)) => {
            let chosen = menu.commands.get(menu.selected).copied();
            state.overlays.pop();
            if let Some(chosen) = chosen {
                keys::run(state, chosen, out);
            }
        }
        (KeyCode::Esc, _) | (_, Some(Command::Back | Command::Change)) => drop(state.overlays.pop()),
        (KeyCode::Down | KeyCode::Tab, _) | (_, Some(Command::Down)) if !key.shift => menu.selected = (menu.selected + 1).min(last),
        (KeyCode::Up | KeyCode::Tab, _) | (_, Some(Command::Up)) => menu.selected = menu.selected.saturating_sub(1),
        (KeyCode::PageDown, _) | (_, Some(Command::Bottom)) => menu.selected = last,
        (KeyCode::PageUp, _) | (_, Some(Command::Top)) => menu.selected = 0,
        // The key of a listed command runs it from here too.
        (_, Some(other)) if menu.commands.contains(&other) => {
            state.overlays.pop();
            keys::run(state, other, out);
        }
        _ => {}
    }
}
