//! Drilling in and coming back. `enter` on anything leads to what it is about.

use std::sync::Arc;

use super::effect::Effect;
use super::layout;
use super::state::{DatabaseScreen, GroupScreen, GroupTab, ListState, Pane, PoolScreen, RowKey, Screen, State};
use super::update::{notify, refresh_screen};
use super::view::{self, ListId};
use crate::domain::{Kind, ResourceId};

/// How many screens `esc` remembers.
const DEPTH: usize = 16;

/// Opens what is selected.
pub(super) fn selected(state: &mut State, out: &mut Vec<Effect>) {
    match &state.screen {
        Screen::Start(start) => {
            let start = start.clone();
            super::start::open(state, &start, out);
        }
        Screen::Deck => on_deck(state),
        Screen::Group(g) => {
            let id = g.id.clone();
            on_member(state, &id);
        }
        Screen::Pool(p) => {
            let row = p.list.selected_row().and_then(|r| r.index);
            let shown = Arc::clone(state.shown());
            let target = shown.pool(&p.id).and_then(|p| p.item.targets.as_ref()?.get(row?)).map(|t| t.member.clone());
            if let Some(member) = target {
                open(state, &member);
            }
        }
        Screen::Operations => super::operations::open(state),
        Screen::Database(_) => {}
    }
}

fn on_deck(state: &mut State) {
    let pane = state.deck.focus;
    if pane == Pane::Changes {
        return match view::about(state) {
            Some(id) => open(state, &id),
            None => notify(state, "what this is about is not known"),
        };
    }
    if pane == Pane::Operations {
        return super::operations::open(state);
    }
    if pane == Pane::Metrics {
        if let Some(id) = view::subject(state) {
            open(state, &id);
        }
        return;
    }
    let list = &mut state.deck.lists[pane as usize];
    list.touched = true;
    if let Some(RowKey::Resource(id)) = list.selected.clone() {
        open(state, &id);
    }
}

/// A member leads to the pool it stands in.
fn on_member(state: &mut State, group: &ResourceId) {
    let Some(ListId::Tab(GroupTab::Members)) = ListId::focused(state) else { return };
    let row = ListId::Tab(GroupTab::Members).of(state).and_then(ListState::selected_row).and_then(|r| r.index);
    let shown = Arc::clone(state.shown());
    let pool = shown.group(group).and_then(|g| g.item.members.get(row?)?.targets.first()).map(|t| t.pool.clone());
    match pool {
        Some(pool) => open(state, &pool),
        None => notify(state, "no balancer sends to this member"),
    }
}

/// Opens the screen of a thing, or of what contains it.
pub(super) fn open(state: &mut State, id: &ResourceId) {
    let shown = Arc::clone(state.shown());
    let screen = match id.kind {
        Kind::Group => shown.group(id).map(|g| group_screen(&g.item.id, &g.item.name)),
        Kind::Pool => shown.pool(id).map(|p| pool_screen(&p.item.id, &p.item.name)),
        Kind::Balancer => {
            shown.pools.iter().find(|p| p.item.balancers.iter().any(|b| b.id == *id)).map(|p| pool_screen(&p.item.id, &p.item.name))
        }
        Kind::Database => shown.database(id).map(|d| {
            let d = &d.item;
            Screen::Database(Box::new(DatabaseScreen { id: d.id.clone(), name: d.name.clone(), list: ListState::default() }))
        }),
        Kind::Member => {
            let owner = shown.groups.iter().find(|g| g.item.members.iter().any(|m| m.id == *id));
            owner.map(|g| group_screen(&g.item.id, &g.item.name))
        }
        Kind::Rule => {
            let leads = |r: &crate::domain::Route| r.rule == *id;
            shown.pools.iter().find(|p| p.item.routes.iter().any(leads)).map(|p| pool_screen(&p.item.id, &p.item.name))
        }
        Kind::Alarm => {
            let about = shown.alarm(id).and_then(|a| a.item.about.clone()).filter(|a| a.kind != Kind::Alarm);
            return match about {
                Some(about) => open(state, &about),
                None => notify(state, "what this alarm is about is not known"),
            };
        }
    };
    let Some(screen) = screen else { return notify(state, "what this is about is no longer there") };
    enter(state, screen);
    if id.kind == Kind::Member {
        let tab = ListId::Tab(GroupTab::Members);
        let height = layout::list_height(state, tab);
        if let Some(list) = tab.of_mut(state) {
            list.select(&RowKey::Resource(id.clone()), height);
        }
    }
}

fn group_screen(id: &ResourceId, name: &crate::domain::Label) -> Screen {
    Screen::Group(Box::new(GroupScreen { id: id.clone(), name: name.clone(), tab: GroupTab::Members, lists: Default::default() }))
}

fn pool_screen(id: &ResourceId, name: &crate::domain::Label) -> Screen {
    Screen::Pool(Box::new(PoolScreen { id: id.clone(), name: name.clone(), list: ListState::default() }))
}

/// Goes to a screen. Where the way back already holds it, the way back ends there: going round in circles does not pile up.
pub(super) fn enter(state: &mut State, screen: Screen) {
    let here = std::mem::replace(&mut state.screen, screen);
    let is_same = |a: &Screen, b: &Screen| a.about() == b.about() && matches!(a, Screen::Operations) == matches!(b, Screen::Operations);
    if here.about().is_some() || matches!(here, Screen::Operations) {
        state.back.push(here);
    }
    if let Some(at) = state.back.iter().position(|s| is_same(s, &state.screen)) {
        state.back.truncate(at);
    }
    if state.back.len() > DEPTH {
        state.back.remove(0);
    }
    let shown = Arc::clone(state.shown());
    refresh_screen(state, &shown);
}

/// Leaves a drilled-in screen.
pub(super) fn back(state: &mut State) {
    state.marks.retain(|id| id.kind != Kind::Member);
    state.screen = state.back.pop().unwrap_or(Screen::Deck);
    let shown = Arc::clone(state.shown());
    // The deck's views are always kept up to date; those of other screens only while they are in front.
    refresh_screen(state, &shown);
}
