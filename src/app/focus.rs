//! What the engine should look at: told only when it changes.

use super::effect::Effect;
use super::layout;
use super::operations::is_under_way;
use super::state::{Pane, RowKey, Screen, State, WINDOWS};
use super::view::{self, ListId};
use crate::domain::{Focus, Kind, Phase, ResourceId, SourceKind, Verdict};

/// Things in trouble that are followed although they are off the screen, per pane.
const ALARMING: usize = 50;

/// Sends the focus, if it is another one than before.
pub(super) fn apply(state: &mut State, out: &mut Vec<Effect>) {
    if matches!(state.screen, Screen::Start(_)) {
        return;
    }
    let focus = focus(state);
    if focus != state.focus_sent {
        state.focus_sent = focus.clone();
        out.push(Effect::Focus(focus));
    }
}

/// Works out what is looked at; costs O(rows on the screen).
fn focus(state: &State) -> Focus {
    let mut visible: Vec<ResourceId> = Vec::new();
    let mut kinds: Vec<SourceKind> = Vec::new();
    match &state.screen {
        Screen::Start(_) => {}
        Screen::Deck => {
            let deck = layout::deck(state);
            for pane in Pane::ALL.into_iter().filter(|p| deck.pane(*p).is_some()) {
                kinds.extend(kinds_of(pane));
                visible.extend(on_screen(state, pane));
            }
        }
        Screen::Operations => {
            kinds.extend([SourceKind::Groups, SourceKind::Instances, SourceKind::Pools, SourceKind::Activities, SourceKind::Alarms]);
        }
        Screen::Group(g) => {
            kinds.extend(kinds_of(Pane::Groups));
            kinds.extend([SourceKind::Activities, SourceKind::Policies, SourceKind::Metrics]);
            visible.push(g.id.clone());
            visible.extend(state.shown().group(&g.id).into_iter().flat_map(|g| g.item.pools.iter().cloned()));
        }
        Screen::Pool(p) => {
            kinds.extend([SourceKind::Pools, SourceKind::Metrics]);
            visible.push(p.id.clone());
        }
        Screen::Database(d) => {
            kinds.extend([SourceKind::Databases, SourceKind::Caches, SourceKind::Events, SourceKind::Metrics]);
            visible.push(d.id.clone());
        }
    }
    visible.extend(alarming(state));
    let mut seen = std::collections::HashSet::new();
    visible.retain(|id| seen.insert(id.clone()));
    kinds.sort();
    kinds.dedup();
    let mut operating: Vec<ResourceId> =
        state.operations.iter().filter(|o| is_under_way(o) || o.phase == Phase::Stuck).map(|o| o.target.clone()).collect();
    operating.sort();
    operating.dedup();
    Focus { visible, selected: view::subject(state), kinds, operating, window: WINDOWS.get(state.window).copied() }
}

/// Sources that a pane's rows and verdicts come from.
fn kinds_of(pane: Pane) -> &'static [SourceKind] {
    match pane {
        Pane::Groups => &[SourceKind::Groups, SourceKind::Instances, SourceKind::Pools, SourceKind::Probes],
        Pane::Pools => &[SourceKind::Pools],
        Pane::Databases => &[SourceKind::Databases, SourceKind::Caches],
        Pane::Metrics => &[SourceKind::Metrics],
        Pane::Operations => &[],
        Pane::Changes => &[SourceKind::Alarms, SourceKind::Activities, SourceKind::Events],
    }
}

fn resource(key: &RowKey) -> Option<&ResourceId> {
    match key {
        RowKey::Resource(id) if matches!(id.kind, Kind::Group | Kind::Pool | Kind::Database) => Some(id),
        _ => None,
    }
}

fn on_screen(state: &State, pane: Pane) -> impl Iterator<Item = ResourceId> {
    let list = &state.deck.lists[pane as usize];
    let window = list.window(layout::list_height(state, ListId::Deck(pane)));
    list.rows.get(window).unwrap_or_default().iter().filter_map(|r| resource(&r.key)).cloned()
}

/// Trouble stands at the head of every view. Found by the rows' positions: a key must not pay for a search.
fn alarming(state: &State) -> Vec<ResourceId> {
    let shown = state.shown();
    let verdict = |pane: Pane, at: usize| match pane {
        Pane::Groups => shown.groups.get(at).map(|g| g.verdict()),
        Pane::Pools => shown.pools.get(at).map(|p| p.verdict()),
        Pane::Databases => shown.databases.get(at).map(|d| d.verdict()),
        Pane::Metrics | Pane::Changes | Pane::Operations => None,
    };
    let mut out = Vec::new();
    for pane in [Pane::Groups, Pane::Pools, Pane::Databases] {
        for row in state.deck.lists[pane as usize].rows.iter().take(ALARMING) {
            let (Some(at), Some(id)) = (row.index, resource(&row.key)) else { continue };
            if verdict(pane, at).is_none_or(|v| v < Verdict::Warning) {
                break;
            }
            out.push(id.clone());
        }
    }
    out
}
