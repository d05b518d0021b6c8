//! One card for several targets. Each is planned and judged by itself; what cannot be done to one is said beside its name and left out.

use super::super::act::Asked;
use super::super::effect::Effect;
use super::super::state::{Bulk, BulkEntry, Card, Overlay, Pane, RowKey, State};
use super::super::subject::{JUST_NOW, ready_for};
use super::super::{operations, queue};
use super::assent::{Assent, Blank};
use super::card;
use crate::config::keymap::{Key, KeyCode};
use crate::domain::plan::{Confirmation, Rule};
use crate::domain::{Kind, Label, Refusal, Request, ResourceId};

/// Whether a failure halts the rest, where tab goes through the fields.
pub const GO_ON: Key = Key::ctrl('g');

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
    let wants_ticket = entries.iter().any(|e| e.card.as_ref().is_ok_and(|c| c.assent.wants_ticket));
    Ok(Bulk { entries, assent: Assent::new(wants_ticket), go_on: false, offset: 0, moved_at: None, problem: None })
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

    /// The fields at its foot.
    pub fn blanks(&self, state: &State) -> Vec<Blank> {
        self.assent.blanks(self.asks_for(state).is_some())
    }

    /// What the ticket must look like, while one is missing.
    pub fn wanted_ticket(&self) -> Option<&Refusal> {
        let cards = self.entries.iter().filter_map(|e| e.card.as_ref().ok());
        cards.flat_map(|c| &c.refusals).find(|r| self.assent.asks(r))
    }

    /// Rules that a human could set aside here, so that more of them could be confirmed.
    pub fn could_set_aside(&self) -> Vec<Rule> {
        let cards = self.entries.iter().filter_map(|e| e.card.as_ref().ok());
        let mut rules: Vec<Rule> = cards.flat_map(|c| c.could_set_aside()).collect();
        rules.sort();
        rules.dedup();
        rules
    }

    /// What is still missing, first.
    fn lacks(&self, state: &State) -> Option<Blank> {
        let name = self.asks_for(state).is_some_and(|words| words != self.assent.name);
        let refusals = self.entries.iter().filter_map(|e| e.card.as_ref().ok()).flat_map(|c| &c.refusals);
        let refusals: Vec<_> = refusals.filter(|r| self.assent.asks(r)).cloned().collect();
        self.assent.lacks(&refusals, name)
    }

    /// All at once instead of one after the other: holding still cannot take capacity away, and seconds count.
    pub fn is_parallel(&self) -> bool {
        self.able().all(|e| e.card.as_ref().is_ok_and(|c| matches!(c.plan.request, Request::Freeze(_) | Request::Thaw(_))))
    }

    /// What it does, for its title: `scale 3`.
    pub fn title(&self) -> String {
        let any = self.entries.iter().find_map(|e| e.card.as_ref().ok());
        let word = self.able().find_map(|e| e.card.as_ref().ok()).or(any).map_or("", |c| c.plan.request.word());
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
    let (blanks, lacks) = (bulk.blanks(state), bulk.lacks(state));
    let furthest = bulk.entries.len() * 4;
    match key.code {
        KeyCode::Esc => drop(state.overlays.pop()),
        KeyCode::Enter => {
            if let Err(why) = confirm(state, out)
                && let Some(Overlay::Bulk(bulk)) = state.overlays.last_mut()
            {
                let lacking = lacks.filter(|blank| blanks.contains(blank));
                let moves = lacking.is_some_and(|blank| blank != bulk.assent.blank);
                bulk.assent.blank = lacking.unwrap_or(bulk.assent.blank);
                bulk.problem = (!moves).then_some(why);
            }
        }
        code => {
            let Some(Overlay::Bulk(bulk)) = state.overlays.last_mut() else { return };
            match code {
                KeyCode::Char('g') if key == GO_ON => bulk.go_on = !bulk.go_on,
                KeyCode::Tab if blanks.len() < 2 => bulk.go_on = !bulk.go_on,
                KeyCode::Down => bulk.offset = (bulk.offset + 1).min(furthest),
                KeyCode::Up => bulk.offset = bulk.offset.saturating_sub(1),
                KeyCode::PageDown => bulk.offset = (bulk.offset + 8).min(furthest),
                KeyCode::PageUp => bulk.offset = bulk.offset.saturating_sub(8),
                _ if key == card::SET_ASIDE => {
                    let rules = bulk.could_set_aside();
                    if !rules.is_empty() {
                        bulk.problem = None;
                        bulk.assent.set_aside(rules);
                    }
                }
                _ => {
                    if let Some(given) = bulk.assent.press(key, &blanks) {
                        bulk.problem = None;
                        judge_again(state, given);
                    }
                }
            }
        }
    }
}

pub(super) fn paste(state: &mut State, line: &str) {
    let Some(Overlay::Bulk(bulk)) = state.overlays.last() else { return };
    let blanks = bulk.blanks(state);
    let Some(Overlay::Bulk(bulk)) = state.overlays.last_mut() else { return };
    bulk.problem = None;
    let given = bulk.assent.paste(line, &blanks);
    judge_again(state, given);
}

/// What is given along counts for each; where it changed, the guards are heard again.
fn judge_again(state: &mut State, changed: bool) {
    if !changed {
        return;
    }
    let Some(Overlay::Bulk(bulk)) = state.overlays.last() else { return };
    let mut bulk = bulk.clone();
    for card in bulk.entries.iter_mut().filter_map(|e| e.card.as_mut().ok()) {
        card.assent = Assent { wants_ticket: card.assent.wants_ticket, ..bulk.assent.clone() };
        card::judge_again(card, state);
    }
    if let Some(Overlay::Bulk(open)) = state.overlays.last_mut() {
        *open = bulk;
    }
}

/// Sends the plans off, or lines them up.
fn confirm(state: &mut State, out: &mut Vec<Effect>) -> Result<(), Label> {
    let Some(Overlay::Bulk(bulk)) = state.overlays.last() else { return Ok(()) };
    match bulk.lacks(state) {
        Some(Blank::Ticket) => return Err(Label::new("name a ticket first")),
        Some(Blank::Reason) => return Err(Label::new("say why the rule is set aside: it goes on record")),
        _ if !bulk.can_confirm() => return Err(Label::new("nothing of this can be done")),
        _ => {}
    }
    if bulk.moved_at.is_some_and(|at| state.now.since(at) < JUST_NOW) {
        return Err(Label::new("the card changed just now: read it, then press enter again"));
    }
    if let Some(words) = bulk.asks_for(state).filter(|words| *words != bulk.assent.name) {
        return Err(Label::new(format!("type {words} to go on")));
    }
    if !bulk.is_parallel() && state.queue.is_some() {
        return Err(Label::new("others are still waiting for their turn: let them finish first"));
    }
    let Some(Overlay::Bulk(bulk)) = state.overlays.pop() else { return Ok(()) };
    card::close_form(state);
    let cards: Vec<&Card> = bulk.able().filter_map(|e| e.card.as_deref().ok()).collect();
    state.marks.clear();
    state.notice = None;
    if bulk.is_parallel() {
        for card in cards {
            operations::begin(state, card.plan.clone(), card.assent.given(), out);
        }
    } else {
        let confirmed = cards.into_iter().map(|card| (card.plan.clone(), card.assent.given())).collect();
        queue::begin(state, confirmed, bulk.go_on, out);
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
