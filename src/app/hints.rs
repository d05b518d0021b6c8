//! Which commands mean something here and now, and the few of them that the footer shows, most likely first. A read-only console knows no
//! command that changes anything.

use super::overlay::bulk::GO_ON;
use super::overlay::card::SET_ASIDE;
use super::state::{GroupTab, Overlay, Pane, RowKey, ScaleField, Screen, State};
use super::view::{self, ListId};
use crate::command::{Command, Place, Risk};
use crate::config::keymap::{Key, KeyCode};
use crate::domain::{Kind, ResourceId};

/// Whether a command exists for this user on this screen. Being available is no promise: an operating key may still answer with a reason.
pub fn is_available(state: &State, command: Command) -> bool {
    if command.risk() == Risk::Changes && state.session.read_only {
        return false;
    }
    if matches!(state.screen, Screen::Start(_)) {
        return matches!(
            command,
            Command::Up
                | Command::Down
                | Command::Top
                | Command::Bottom
                | Command::Open
                | Command::Back
                | Command::Help
                | Command::Suspend
                | Command::Quit
                | Command::Theme
        );
    }
    match command.place() {
        Place::Anywhere => true,
        // The metrics pane scrolls charts; it has no rows to mark or to filter.
        Place::List if super::operations::is_in_front(state) => !matches!(command, Command::Filter),
        Place::List if matches!(command, Command::Mark | Command::Filter) => {
            ListId::focused(state).is_some_and(|id| id != ListId::Deck(Pane::Metrics))
        }
        Place::List => ListId::focused(state).is_some(),
        Place::Group => target(state).is_some(),
        Place::Member => super::subject::members(state).is_some(),
        Place::Database => super::subject::database(state).is_some(),
        Place::Alarm => super::subject::alarm(state).is_some(),
        Place::Subject => !super::subject::anything(state).is_empty(),
        Place::Operation => super::operations::order_of(state, command).is_some(),
        Place::Deck => matches!(state.screen, Screen::Deck),
    }
}

/// Whether the footer offers a scaling key: not on what can never be scaled. The key itself says why.
fn is_offered(state: &State, command: Command) -> bool {
    let scales = matches!(command, Command::ScaleUp | Command::ScaleDown | Command::ScaleTo | Command::Redeploy | Command::Freeze);
    is_available(state, command)
        && !(scales && target(state).and_then(|id| state.shown().group(&id)).is_some_and(|g| !g.item.kind.can_scale()))
}

/// The group that operating keys act on: the drilled-in one, or the selection of the groups pane (also while its metrics are in focus).
pub fn target(state: &State) -> Option<ResourceId> {
    match &state.screen {
        Screen::Group(g) => Some(g.id.clone()),
        Screen::Deck if state.deck.focus == Pane::Groups => match &state.deck.lists[Pane::Groups as usize].selected {
            Some(RowKey::Resource(id)) => Some(id.clone()),
            _ => None,
        },
        Screen::Deck if state.deck.focus == Pane::Metrics => view::subject(state).filter(|id| id.kind == Kind::Group),
        _ => None,
    }
}

/// A word or two for the footer.
pub const fn short(command: Command) -> &'static str {
    match command {
        Command::ScaleUp => "one more",
        Command::ScaleDown => "one less",
        Command::ScaleTo => "scale",
        Command::Redeploy => "redeploy",
        Command::Freeze => "freeze",
        Command::Thaw => "thaw",
        Command::Undo => "undo",
        Command::Change => "change",
        Command::Processes => "processes",
        Command::Terminate => "terminate",
        Command::Replace => "replace",
        Command::Standby | Command::StandbyReplaced => "standby",
        Command::InService => "back in service",
        Command::Protect => "protect",
        Command::Unprotect => "unprotect",
        Command::Deregister => "deregister",
        Command::Register => "register",
        Command::Reboot | Command::RebootDatabase | Command::RebootWithFailover => "reboot",
        Command::Retire => "retire",
        Command::CancelRefresh => "cancel refresh",
        Command::RollBackRefresh => "roll back refresh",
        Command::FailOver => "fail over",
        Command::SnapshotDatabase => "snapshot",
        Command::Mute => "mute",
        Command::Unmute => "unmute",
        Command::PauseOperation => "pause",
        Command::HoldOperation => "hold it",
        Command::RollBackOperation => "roll back",
        Command::AbandonOperation => "abandon",
        Command::Operations => "operations",
        Command::Open => "open",
        Command::Back => "back",
        Command::Down | Command::Up => "move",
        Command::PageDown | Command::PageUp => "page",
        Command::Top => "top",
        Command::Bottom => "bottom",
        Command::Mark => "mark",
        Command::Filter => "filter",
        Command::Next | Command::Previous => "next",
        Command::PaneGroups => "groups",
        Command::PanePools => "balancers",
        Command::PaneDatabases => "databases",
        Command::PaneMetrics => "metrics",
        Command::PaneChanges => "changes",
        Command::Zoom => "zoom",
        Command::Shorter => "shorter",
        Command::Longer => "longer",
        Command::Hold => "hold",
        Command::Refresh => "read again",
        Command::Palette => "find",
        Command::Theme => "theme",
        Command::Help => "keys",
        Command::Suspend => "shell",
        Command::Quit => "quit",
    }
}

/// The keys that matter now, most likely first; the footer shows as many as fit.
pub fn hints(state: &State) -> Vec<(Key, &'static str)> {
    const ENTER: Key = Key::plain(KeyCode::Enter);
    const ESC: Key = Key::plain(KeyCode::Esc);
    const TAB: Key = Key::plain(KeyCode::Tab);
    const SPACE: Key = Key::char(' ');
    match state.overlay() {
        Some(Overlay::Help { .. }) => vec![(Key::plain(KeyCode::Down), "scroll"), (ESC, "close")],
        Some(Overlay::Palette { .. }) => vec![(ENTER, "run"), (Key::plain(KeyCode::Down), "choose"), (ESC, "close")],
        Some(Overlay::Filter { .. }) => vec![(ENTER, "keep"), (ESC, "as before")],
        Some(Overlay::ScaleForm(form)) => match form.field {
            ScaleField::HonorCooldown => vec![(SPACE, "switch"), (TAB, "next"), (ENTER, "see the card"), (ESC, "leave")],
            ScaleField::Victims => vec![(SPACE, "choose"), (TAB, "next"), (ENTER, "see the card"), (ESC, "leave")],
            _ => vec![(ENTER, "see the card"), (TAB, "next"), (ESC, "leave")],
        },
        Some(Overlay::Card(card)) => {
            let done = (card.can_confirm() && !card.lacks_name()).then_some((ENTER, "do it"));
            let aside = (!card.could_set_aside().is_empty()).then_some((SET_ASIDE, "set the rule aside"));
            let next = (card.blanks().len() > 1).then_some((TAB, "next"));
            [done, aside, next, Some((ESC, "leave it be"))].into_iter().flatten().collect()
        }
        Some(Overlay::Bulk(bulk)) => {
            let several = bulk.blanks(state).len() > 1;
            let way = if bulk.go_on { "halt at a failure" } else { "go on after a failure" };
            let aside = (!bulk.could_set_aside().is_empty()).then_some((SET_ASIDE, "set the rule aside"));
            let next = several.then_some((TAB, "next"));
            let able = bulk.can_confirm();
            let named = bulk.asks_for(state).is_none_or(|words| words == bulk.assent.name);
            let switch = (able && !bulk.is_parallel()).then_some((if several { GO_ON } else { TAB }, way));
            [(able && named).then_some((ENTER, "do it")), aside, next, switch, Some((ESC, "leave it be"))].into_iter().flatten().collect()
        }
        Some(Overlay::Menu(_)) => vec![(ENTER, "choose"), (Key::plain(KeyCode::Down), "move"), (ESC, "leave")],
        Some(Overlay::Processes(form)) => {
            let way = if form.suspend { "resume instead" } else { "suspend instead" };
            vec![(SPACE, "choose"), (ENTER, "see the card"), (TAB, way), (ESC, "leave")]
        }
        Some(Overlay::Mute(_)) => vec![(ENTER, "see the card"), (Key::plain(KeyCode::Up), "longer"), (ESC, "leave")],
        Some(Overlay::Redeploy(form)) => match form.field {
            None => vec![(ENTER, "see the card"), (Key::plain(KeyCode::Down), "another way"), (TAB, "settings"), (ESC, "leave")],
            Some(_) => vec![(ENTER, "see the card"), (TAB, "next"), (ESC, "leave")],
        },
        Some(Overlay::Told { .. }) => vec![(ESC, "close")],
        Some(Overlay::Order { .. }) => vec![(ENTER, "do it"), (ESC, "leave it be")],
        Some(Overlay::ConfirmQuit) => vec![(Key::char('y'), "quit"), (ESC, "stay")],
        Some(Overlay::Question { .. }) => vec![(ENTER, "answer"), (ESC, "give up")],
        None if super::operations::is_in_front(state) => operation_hints(state),
        None => screen_commands(state)
            .iter()
            .filter(|c| is_offered(state, **c))
            .filter_map(|c| Some((*state.session.keymap.keys_of(*c).first()?, word(state, *c))))
            .collect(),
    }
}

/// What the key does to what is selected: one key freezes and thaws.
fn word(state: &State, command: Command) -> &'static str {
    let frozen = |id: ResourceId| {
        state.live.group(&id).is_some_and(|g| super::act::looks_frozen(&g.item, &state.session.operations.freeze_processes))
    };
    if command == Command::Freeze && target(state).is_some_and(frozen) { short(Command::Thaw) } else { short(command) }
}

/// The keys of the operation under the cursor, then how to get on.
fn operation_hints(state: &State) -> Vec<(Key, &'static str)> {
    use Command as C;
    let mut out = Vec::new();
    if let Some(order) = super::operations::order_of(state, C::PauseOperation).filter(|_| is_available(state, C::PauseOperation)) {
        out.push((Key::char(' '), order.word()));
    }
    let rest =
        [C::RollBackOperation, C::HoldOperation, C::AbandonOperation, C::Open, C::Back, C::Next, C::Palette, C::Help, C::Zoom, C::Quit];
    let rest =
        rest.iter().filter(|c| is_available(state, **c) && !(matches!(state.screen, Screen::Operations) && matches!(c, C::Next | C::Zoom)));
    out.extend(rest.filter_map(|c| Some((*state.session.keymap.keys_of(*c).first()?, short(*c)))));
    out
}

fn screen_commands(state: &State) -> &'static [Command] {
    use Command as C;
    match &state.screen {
        Screen::Start(_) => &[C::Open, C::Down, C::Help, C::Quit],
        Screen::Deck => match state.deck.focus {
            Pane::Groups => &[
                C::ScaleUp,
                C::ScaleDown,
                C::ScaleTo,
                C::Redeploy,
                C::Freeze,
                C::Open,
                C::Filter,
                C::Palette,
                C::Help,
                C::Undo,
                C::Change,
                C::Zoom,
                C::Next,
                C::Hold,
                C::Quit,
            ],
            Pane::Databases => &[C::Open, C::Change, C::Filter, C::Next, C::Palette, C::Help, C::Zoom, C::Hold, C::Quit],
            Pane::Changes => &[C::Open, C::Mute, C::Filter, C::Next, C::Palette, C::Help, C::Zoom, C::Hold, C::Quit],
            Pane::Metrics => &[C::Shorter, C::Longer, C::Open, C::Next, C::Zoom, C::Palette, C::Help, C::Hold, C::Quit],
            _ => &[C::Open, C::Filter, C::Next, C::Palette, C::Help, C::Zoom, C::Hold, C::Quit],
        },
        Screen::Group(g) if g.tab == GroupTab::Members => &[
            C::ScaleUp,
            C::ScaleDown,
            C::ScaleTo,
            C::Redeploy,
            C::Change,
            C::Back,
            C::Next,
            C::Mark,
            C::Filter,
            C::Palette,
            C::Help,
            C::Freeze,
            C::Undo,
            C::Hold,
            C::Quit,
        ],
        Screen::Group(_) => &[
            C::ScaleUp,
            C::ScaleDown,
            C::ScaleTo,
            C::Redeploy,
            C::Freeze,
            C::Back,
            C::Next,
            C::Filter,
            C::Palette,
            C::Help,
            C::Hold,
            C::Quit,
        ],
        Screen::Operations => &[],
        Screen::Pool(_) => &[C::Back, C::Open, C::Change, C::Filter, C::Palette, C::Help, C::Hold, C::Quit],
        Screen::Database(_) => &[C::Back, C::Change, C::Shorter, C::Longer, C::Filter, C::Palette, C::Help, C::Hold, C::Quit],
    }
}
