//! The one door: a message comes in, the state changes, effects go out.

use std::sync::Arc;
use std::time::Duration;

use super::effect::Effect;
use super::msg::Msg;
use super::state::State;
use super::view::{Filter, Items, ListId};
use super::{deck, focus, inverse, keys, layout, mouse, operations, overlay, queue};
use crate::domain::{Label, Now, Snapshot};

/// How long a sentence stays on the status line.
pub(super) const NOTICE: Duration = Duration::from_secs(10);

/// Answers one message. Pure and total: it never waits and never fails, whatever comes.
pub fn update(state: &mut State, msg: Msg, now: Now) -> Vec<Effect> {
    state.now = now;
    let mut effects = Vec::new();
    let before = (layout::deck(state), layout::detail(state));
    match msg {
        Msg::Key(key) => keys::press(state, key, &mut effects),
        Msg::Mouse(mouse) => mouse::point(state, mouse, &mut effects),
        Msg::Paste(text) => overlay::paste(state, &text),
        Msg::Resize { width, height } => (state.width, state.height) = (width, height),
        Msg::Tick => {}
        Msg::Snapshot(snapshot) => apply_snapshot(state, snapshot),
        Msg::Operation(operation) => {
            operations::apply(state, operation);
            queue::step(state, &mut effects);
        }
        Msg::NotBegun { request, why } => {
            operations::refuse(state, request, why);
            queue::step(state, &mut effects);
        }
        Msg::Inverse { target, answer } => inverse::answered(state, &target, answer),
        Msg::Question { id, title, prompt, secret } => overlay::question::ask(state, id, title, prompt, secret),
        // Whatever was read before the sleep is old, however young its monotonic age.
        Msg::Resumed => effects.push(Effect::Refresh),
        Msg::Notice(text) => notify(state, text),
    }
    operations::expire(state);
    if state.notice.as_ref().is_some_and(|(_, since)| now.since(*since) >= NOTICE) {
        state.notice = None;
    }
    if before != (layout::deck(state), layout::detail(state)) {
        fit(state);
    }
    focus::apply(state, &mut effects);
    effects
}

/// Puts a sentence on the status line.
pub(super) fn notify(state: &mut State, text: impl Into<Label>) {
    state.notice = Some((text.into(), state.now));
}

fn apply_snapshot(state: &mut State, snapshot: Arc<Snapshot>) {
    let before = std::mem::replace(&mut state.live, snapshot);
    if state.held.is_none() {
        refresh(state, &before);
        deck::prune_marks(state);
    }
    overlay::world_moved(state);
}

/// Makes the views of the deck and of the screen again; `before` is the picture they were made from.
pub(super) fn refresh(state: &mut State, before: &Arc<Snapshot>) {
    for pane in super::state::Pane::ALL {
        refresh_list(state, ListId::Deck(pane), before);
    }
    refresh_screen(state, before);
}

/// Makes the view of the drilled-in screen's list again.
pub(super) fn refresh_screen(state: &mut State, before: &Arc<Snapshot>) {
    if let Some(id) = ListId::focused(state).filter(|id| !matches!(id, ListId::Deck(_))) {
        refresh_list(state, id, before);
    }
}

fn refresh_list(state: &mut State, id: ListId, before: &Arc<Snapshot>) {
    let shown = Arc::clone(state.shown());
    let height = layout::list_height(state, id);
    let Some(list) = id.of(state) else { return };
    let last = list.selected_row().map(|row| {
        // Positions in a view that was made from another picture mean nothing in this one.
        let fresh = list.generation == Some(before.generation);
        fresh.then(|| Items::of(before, &state.screen, id).title(row)).flatten().unwrap_or_else(|| row.key.fallback())
    });
    let items = Items::of(&shown, &state.screen, id);
    let keep = list.selected.as_ref().filter(|_| list.touched);
    let rows = items.rows(&Filter::new(&list.filter), keep);
    let total = items.total();
    let now = state.now;
    if let Some(list) = id.of_mut(state) {
        list.apply_data(rows, last, now, height);
        (list.total, list.generation) = (total, Some(shown.generation));
    }
}

/// Narrows or widens a list to what was typed.
pub(super) fn set_filter(state: &mut State, id: ListId, filter: &str) {
    let shown = Arc::clone(state.shown());
    let height = layout::list_height(state, id);
    let Some(list) = id.of_mut(state) else { return };
    let longer = filter.starts_with(list.filter.as_str()) && list.generation == Some(shown.generation);
    filter.clone_into(&mut list.filter);
    let mut rows = std::mem::take(&mut list.rows);
    let words = Filter::new(filter);
    let items = Items::of(&shown, &state.screen, id);
    if longer {
        items.narrow(&mut rows, &words);
    } else {
        rows = items.rows(&words, None);
    }
    if let Some(list) = id.of_mut(state) {
        list.apply_filter(rows, height);
        list.generation = Some(shown.generation);
    }
}

/// After the layout changed: no list is scrolled beyond its end, and a cursor that the user placed is in sight.
fn fit(state: &mut State) {
    let deck = super::state::Pane::ALL.map(ListId::Deck);
    for id in deck.into_iter().chain(ListId::focused(state)) {
        let height = layout::list_height(state, id);
        if let Some(list) = id.of_mut(state) {
            if list.touched {
                list.show_cursor(height);
            }
            list.clamp(height);
        }
    }
}
