//! One card for several targets. Each is planned and judged by itself; what cannot be done to one is said beside its name and left out.

use super::super::act::Asked;
use super::super::effect::Effect;
use super::super::state::{Bulk, BulkEntry, Overlay, Pane, RowKey, State};
use super::super::subject::{JUST_NOW, ready_for};
use super::super::{operations, queue};
use super::{card, edit};
use crate::config::keymap::{Key, KeyCode};
use crate::domain::plan::Confirmation;
use crate::domain::{Kind, Label, Request, ResourceId};

/// Makes the combined card. An error says why there is nothing to confirm at all.
pub(in crate::app) fn make(state: &State, asked: Vec<Asked>) -> Result<Bulk, Label> {
    let entries: Vec<BulkEntry> = asked.into_iter().map(|asked| entry(state, asked)).collect();
    if let Some(why) = entries.first().filter(|_| entries.iter().all(|e| e.card.is_err())) {
        let sentence = why.card.as_ref().err().map_or_else(String::new, ToString::to_string);
        return Err(Label::new(match entries.len() {
            1 => sentence,
            n => format!("none of these {n}: {}: {sentence}", why.name),
        }));
    }
    Ok(Bulk { entries, typed: String::new(), go_on: false, offset: 0, moved_at: None, problem: None })
}

fn entry(state: &State, asked: Asked) -> BulkEntry {
    let (target, card) = match asked {
        Ok(request) => {
            let target = request.target().clone();
            (target, ready_for(state, &request).and_then(|()| card::make(state, &request)).map(Box::new))
        }
        Err((target, why)) => (target, Err(why)),
    };
    BulkEntry { name: name_of(state, &target), hidden: is_hidden(state, &target), card, target }
}

fn name_of(state: &State, id: &ResourceId) -> Label {
    let live = &state.live;
    let name = match id.kind {
        Kind::Group => live.group(id).map(|g| g.item.name.clone()),
        Kind::Database => live.database(id).map(|d| d.item.name.clone()),
        Kind::Alarm => live.alarm(id).map(|a| a.item.name.clone()),
        _ => None,
    };
    name.unwrap_or_else(|| Label::new(id.native()))
}

fn is_hidden(state: &State, id: &ResourceId) -> bool {
    let pane = match id.kind {
        Kind::Group => Pane::Groups,
        Kind::Database => Pane::Databases,
        _ => return false,
    };
    let key = RowKey::Resource(id.clone());
    !state.deck.lists[pane as usize].rows.iter().any(|r| r.key == key)
}

impl Bulk {
    /// Those that would be done.
    pub fn able(&self) -> impl Iterator<Item = &BulkEntry> {
        self.entries.iter().filter(|e| e.card.as_ref().is_ok_and(|c| c.can_confirm()))
    }

    pub fn can_confirm(&self) -> bool {
        self.able().next().is_some()
    }

    /// What must be typed, where something must: the environment and how many, so that nobody confirms a number they did not read.
    pub fn asks_for(&self, state: &State) -> Option<String> {
        let asks = self.able().any(|e| e.card.as_ref().is_ok_and(|c| c.plan.confirmation != Confirmation::Enter));
        asks.then(|| format!("{} {}", state.session.environment.word().to_lowercase(), self.able().count()))
    }

    /// All at once instead of one after the other: holding still cannot take capacity away, and seconds count.
    pub fn is_parallel(&self) -> bool {
        self.able().all(|e| e.card.as_ref().is_ok_and(|c| matches!(c.plan.request, Request::Freeze(_) | Request::Thaw(_))))
    }

    /// What it does, for its title: `scale 3`.
    pub fn title(&self) -> String {
        let word = self.able().find_map(|e| e.card.as_ref().ok()).map_or("", |c| c.plan.request.word());
        let mut letters = word.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase()).into_iter();
        let word: String = first.chain(letters).collect::<String>().replace('-', " ");
        format!("{word}: {} of {}", self.able().count(), self.entries.len())
    }

    /// What the journal says of each.
    pub(in crate::app) fn remark(&mut self, remarks: &[(ResourceId, Vec<Label>)]) {
        for entry in &mut self.entries {
            if let (Ok(card), Some((_, words))) = (&mut entry.card, remarks.iter().find(|(id, _)| *id == entry.target)) {
                card.remarks.clone_from(words);
            }
        }
    }
}

pub(super) fn press(state: &mut State, key: Key, out: &mut Vec<Effect>) {
    let Some(Overlay::Bulk(bulk)) = state.overlays.last() else { return };
    let asks = bulk.asks_for(state).is_some();
    let furthest = bulk.entries.len() * 4;
    match key.code {
        KeyCode::Esc => drop(state.overlays.pop()),
        KeyCode::Enter => {
            if let Err(why) = confirm(state, out)
                && let Some(Overlay::Bulk(bulk)) = state.overlays.last_mut()
            {
                bulk.problem = Some(why);
            }
        }
        code => {
            let Some(Overlay::Bulk(bulk)) = state.overlays.last_mut() else { return };
            match code {
                KeyCode::Tab => bulk.go_on = !bulk.go_on,
                KeyCode::Down => bulk.offset = (bulk.offset + 1).min(furthest),
                KeyCode::Up => bulk.offset = bulk.offset.saturating_sub(1),
                KeyCode::PageDown => bulk.offset = (bulk.offset + 8).min(furthest),
                KeyCode::PageUp => bulk.offset = bulk.offset.saturating_sub(8),
                _ if asks && edit(&mut bulk.typed, key) => bulk.problem = None,
                _ => {}
            }
        }
    }
}

/// Sends the plans off, or lines them up.
fn confirm(state: &mut State, out: &mut Vec<Effect>) -> Result<(), Label> {
    let Some(Overlay::Bulk(bulk)) = state.overlays.last() else { return Ok(()) };
    if !bulk.can_confirm() {
        return Err(Label::new("nothing of this can be done"));
    }
    if bulk.moved_at.is_some_and(|at| state.now.since(at) < JUST_NOW) {
        return Err(Label::new("the card changed just now: read it, then press enter again"));
    }
    if let Some(words) = bulk.asks_for(state).filter(|words| *words != bulk.typed) {
        return Err(Label::new(format!("type {words} to go on")));
    }
    if !bulk.is_parallel() && state.queue.is_some() {
        return Err(Label::new("others are still waiting for their turn: let them finish first"));
    }
    let Some(Overlay::Bulk(bulk)) = state.overlays.pop() else { return Ok(()) };
    card::close_form(state);
    let plans: Vec<_> = bulk.able().filter_map(|e| e.card.as_ref().ok()).map(|c| c.plan.clone()).collect();
    state.marks.clear();
    state.notice = None;
    if bulk.is_parallel() {
        for plan in plans {
            operations::begin(state, plan, out);
        }
    } else {
        queue::begin(state, plans.into_iter().map(|p| p.request).collect(), bulk.go_on, out);
    }
    Ok(())
}

/// Makes every part again from new data.
pub(super) fn world_moved(bulk: &mut Bulk, state: &State) {
    let count = bulk.able().count();
    let mut moved = false;
    for entry in &mut bulk.entries {
        entry.hidden = is_hidden(state, &entry.target);
        if let Ok(card) = &mut entry.card {
            let before = card.moved_at;
            card::world_moved(card, state);
            moved |= card.moved_at != before;
        }
    }
    // Who confirms seven must not send six.
    if moved || bulk.able().count() != count {
        bulk.moved_at = Some(state.now);
    }
}
