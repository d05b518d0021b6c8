//! From a key to what it does: the overlay on top hears it first, then the command it is bound to runs.

use std::sync::Arc;

use super::effect::Effect;
use super::hints::is_available;
use super::layout;
use super::list::Motion;
use super::state::{Overlay, Pane, Screen, State, WINDOWS};
use super::update::{notify, refresh};
use super::view::{self, ListId};
use super::{act, deck, group, inverse, open, operations, overlay, scale, start};
use crate::command::{Command, Place, Risk};
use crate::config::keymap::Key;
use crate::domain::plan::{MemberAct, RefreshAct};

pub(super) fn press(state: &mut State, key: Key, out: &mut Vec<Effect>) {
    // Whatever the keymap says, and whatever is on top: ctrl-c is the way out.
    if key == Key::ctrl('c') {
        return overlay::quit::ask(state, out);
    }
    let command = state.session.keymap.command(key);
    if state.overlays.is_empty() {
        if let Some(command) = command {
            run(state, command, out);
        }
    } else if key.ctrl && matches!(command, Some(Command::Suspend | Command::Refresh)) {
        run(state, command.unwrap_or(Command::Refresh), out);
    } else {
        overlay::press(state, key, command, out);
    }
}

/// Runs a command, if it exists here.
pub(super) fn run(state: &mut State, command: Command, out: &mut Vec<Effect>) {
    if !is_available(state, command) {
        if command.risk() == Risk::Changes && !state.session.read_only && !matches!(state.screen, Screen::Start(_)) {
            notify(state, missing(command));
        }
        return;
    }
    match command {
        Command::ScaleUp => scale::by_one(state, true),
        Command::ScaleDown => scale::by_one(state, false),
        Command::ScaleTo => scale::to_number(state),
        Command::Redeploy => act::redeploy(state),
        Command::Freeze => act::freeze(state, out),
        Command::Thaw => {
            if let Some(ids) = act::chosen_groups(state) {
                inverse::thaw(state, ids, out);
            }
        }
        Command::Undo => inverse::undo(state, out),
        Command::Change => overlay::menu::open(state),
        Command::Processes => {
            if let Some(ids) = act::chosen_groups(state) {
                overlay::processes::open(state, ids);
            }
        }
        Command::Terminate => act::member(state, MemberAct::Terminate),
        Command::Replace => act::member(state, MemberAct::Replace),
        Command::Standby => act::member(state, MemberAct::Standby),
        Command::StandbyReplaced => act::member(state, MemberAct::StandbyReplaced),
        Command::InService => act::member(state, MemberAct::InService),
        Command::Protect => act::member(state, MemberAct::Protect),
        Command::Unprotect => act::member(state, MemberAct::Unprotect),
        Command::Deregister => act::member(state, MemberAct::Deregister),
        Command::Register => act::member(state, MemberAct::Register),
        Command::Reboot => act::member(state, MemberAct::Reboot),
        Command::Retire => {
            if let Some(ids) = act::chosen_groups(state) {
                inverse::retire(state, ids, out);
            }
        }
        Command::CancelRefresh => act::refresh(state, RefreshAct::Cancel),
        Command::RollBackRefresh => act::refresh(state, RefreshAct::RollBack),
        Command::RebootDatabase | Command::RebootWithFailover | Command::FailOver | Command::SnapshotDatabase => {
            act::database(state, command);
        }
        Command::Mute => {
            if let Some(alarm) = act::chosen_alarm(state) {
                overlay::mute::open(state, alarm);
            }
        }
        Command::Unmute => act::unmute(state),
        Command::PauseOperation | Command::HoldOperation | Command::RollBackOperation | Command::AbandonOperation => {
            operations::order(state, command, out);
        }
        Command::Operations => operations::show(state),
        Command::Open => open::selected(state, out),
        Command::Back => back(state, out),
        Command::Down => go(state, Motion::Down),
        Command::Up => go(state, Motion::Up),
        Command::PageDown => go(state, Motion::PageDown),
        Command::PageUp => go(state, Motion::PageUp),
        Command::Top => go(state, Motion::Top),
        Command::Bottom => go(state, Motion::Bottom),
        // There is nothing to mark among operations: the widest key stops them, and lets them go on.
        Command::Mark if operations::is_in_front(state) => run(state, Command::PauseOperation, out),
        Command::Mark => deck::mark(state),
        Command::Filter => overlay::filter::open(state),
        Command::Next => next(state, 1),
        Command::Previous => next(state, -1),
        Command::PaneGroups => deck::focus(state, Pane::Groups),
        Command::PanePools => deck::focus(state, Pane::Pools),
        Command::PaneDatabases => deck::focus(state, Pane::Databases),
        Command::PaneMetrics => deck::focus(state, Pane::Metrics),
        Command::PaneChanges => deck::focus(state, Pane::Changes),
        Command::Zoom => state.deck.zoom = !state.deck.zoom,
        Command::Shorter => state.window = state.window.saturating_sub(1),
        Command::Longer => state.window = (state.window + 1).min(WINDOWS.len() - 1),
        Command::Hold => hold(state),
        Command::Refresh => {
            notify(state, "reading everything again");
            out.push(Effect::Refresh);
        }
        Command::Palette => overlay::palette::open(state),
        Command::Theme => {
            if state.theme == "dark" { "light" } else { "dark" }.clone_into(&mut state.theme);
            out.push(Effect::Theme(state.theme.clone()));
        }
        Command::Help => state.overlays.push(Overlay::Help { offset: 0 }),
        Command::Suspend => out.push(Effect::Suspend),
        Command::Quit => overlay::quit::ask(state, out),
    }
}

/// What there must be for a command that is not available.
fn missing(command: Command) -> &'static str {
    match command.place() {
        Place::Member => "choose a member first: enter on a group",
        Place::Database => "choose a database first (3)",
        Place::Alarm => "choose an alarm first (5)",
        Place::Operation => "choose an operation that would obey first (o)",
        Place::Subject => "choose what to change first",
        _ => "choose a group first (1)",
    }
}

/// Moves the cursor of what is in focus.
fn go(state: &mut State, motion: Motion) {
    if let Screen::Start(start) = &mut state.screen {
        return start::go(start, motion);
    }
    if operations::is_in_front(state) {
        return operations::go(state, motion);
    }
    let Some(id) = ListId::focused(state) else { return };
    if id == ListId::Deck(Pane::Metrics) {
        return scroll_charts(state, motion);
    }
    let height = layout::list_height(state, id);
    if let Some(list) = id.of_mut(state) {
        list.apply_motion(motion, height);
    }
}

/// The metrics pane has no rows: its offset counts charts.
pub(super) fn scroll_charts(state: &mut State, motion: Motion) {
    let charts = view::subject(state).map_or(0, |id| view::charts(state.shown(), &id).len());
    let last = charts.saturating_sub(1);
    let offset = &mut state.deck.lists[Pane::Metrics as usize].offset;
    *offset = match motion {
        Motion::Down | Motion::PageDown => (*offset + 1).min(last),
        Motion::Up | Motion::PageUp => offset.saturating_sub(1).min(last),
        Motion::Top => 0,
        Motion::Bottom => last,
    };
}

fn next(state: &mut State, step: isize) {
    match &state.screen {
        Screen::Deck => deck::next(state, step),
        Screen::Group(_) => group::next(state, step),
        Screen::Pool(_) | Screen::Database(_) | Screen::Operations | Screen::Start(_) => {}
    }
}

/// `esc`: clears the filter first, then leaves where that leads somewhere.
fn back(state: &mut State, out: &mut Vec<Effect>) {
    if matches!(state.screen, Screen::Start(_)) {
        return overlay::quit::ask(state, out);
    }
    if let Some(id) = ListId::focused(state)
        && id.of(state).is_some_and(|l| !l.filter.is_empty())
    {
        return super::update::set_filter(state, id, "");
    }
    if state.screen.about().is_some() || matches!(state.screen, Screen::Operations) {
        return open::back(state);
    }
    deck::back(state);
}

/// Holds the picture still, or lets go. Reading goes on behind it.
fn hold(state: &mut State) {
    if let Some((before, _)) = state.held.take() {
        refresh(state, &before);
        deck::prune_marks(state);
        notify(state, "live again");
    } else {
        state.held = Some((Arc::clone(&state.live), state.now));
        notify(state, "held still: keys move in this picture, operations use the live one");
    }
}
