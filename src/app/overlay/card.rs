//! The impact card: what a plan does, before anything is sent. It is made from the live picture and made again whenever that moves; what
//! moved is marked, and a card that changed under the finger is not confirmed by the key that was already on its way.

use super::super::effect::Effect;
use super::super::operations;
use super::super::scale::unmark_members;
use super::super::state::{Card, Overlay, State};
use super::super::subject::{JUST_NOW, ready_for};
use super::assent::{Assent, Blank};
use crate::config::keymap::{Key, KeyCode};
use crate::domain::plan::guard::{Rule, asked_ticket, judge};
use crate::domain::plan::{self, Confirmation, Given, Judgement, Subject};
use crate::domain::{Label, Plan, Request};

/// Lines a card can be scrolled by; drawing stops at its last line.
const FURTHEST: usize = 60;

impl Card {
    /// The name that must be typed, where one must.
    pub fn asks_for_name(&self) -> Option<&Label> {
        match &self.plan.confirmation {
            Confirmation::TypeName(name) => Some(name),
            Confirmation::Enter => None,
        }
    }

    /// Whether a name must be typed that is not there yet.
    pub fn lacks_name(&self) -> bool {
        self.asks_for_name().is_some_and(|name| name.as_str() != self.assent.name)
    }

    /// The fields at its foot. The name is asked for once nothing refuses it but a missing ticket.
    pub fn blanks(&self) -> Vec<Blank> {
        let open = self.blocked.is_none() && self.refusals.iter().all(|r| self.assent.asks(r));
        self.assent.blanks(open && self.asks_for_name().is_some())
    }

    /// Rules that a human could set aside here, so that it could be confirmed.
    pub fn could_set_aside(&self) -> Vec<Rule> {
        if self.blocked.is_some() { Vec::new() } else { self.assent.could_set_aside(&self.refusals) }
    }
}

/// Opens the field for the reason, wherever that is possible.
pub const SET_ASIDE: Key = Key::ctrl('o');

/// Makes the card of a request, or says why there is nothing to show.
pub(in crate::app) fn make(state: &State, request: &Request) -> Result<Card, Label> {
    make_with(state, request, &Given::default())
}

/// The same with what was given along when it was confirmed.
pub(in crate::app) fn make_with(state: &State, request: &Request, given: &Given) -> Result<Card, Label> {
    let (plan, judged) = plan(state, request, given)?;
    let wants_ticket = Subject::find(&state.live, &plan.target)
        .is_some_and(|subject| asked_ticket(&plan.request, subject, &state.session.guard).is_some());
    Ok(Card {
        first: Box::new(plan.clone()),
        plan,
        refusals: judged.refusals,
        overridden: judged.overridden,
        assent: Assent::new(wants_ticket),
        remarks: Vec::new(),
        offset: 0,
        moved: Vec::new(),
        moved_at: None,
        blocked: None,
        problem: None,
    })
}

fn plan(state: &State, request: &Request, given: &Given) -> Result<(Plan, Judgement), Label> {
    let rules = state.session.guard.with(given.clone());
    let plan = plan::plan(&state.live, request, &rules, state.now).map_err(|e| Label::new(e.to_string()))?;
    let subject = Subject::find(&state.live, request.target()).ok_or_else(|| Label::new("it is no longer there"))?;
    let judged = judge(&plan, subject, &rules, state.now);
    Ok((plan, judged))
}

/// What is given along changed: the guards are heard again.
pub(super) fn judge_again(card: &mut Card, state: &State) {
    if let Ok((_, judged)) = plan(state, &card.first.request, &card.assent.given()) {
        (card.refusals, card.overridden) = (judged.refusals, judged.overridden);
    }
}

/// Has the card on top heard, with the state beside it.
fn with_card(state: &mut State, change: impl FnOnce(&mut Card) -> bool) {
    let Some(Overlay::Card(card)) = state.overlays.last_mut() else { return };
    if !change(card) {
        return;
    }
    let mut card = card.clone();
    judge_again(&mut card, state);
    if let Some(Overlay::Card(open)) = state.overlays.last_mut() {
        *open = card;
    }
}

pub(super) fn press(state: &mut State, key: Key, out: &mut Vec<Effect>) {
    let Some(Overlay::Card(card)) = state.overlays.last_mut() else { return };
    match key.code {
        KeyCode::Esc => drop(state.overlays.pop()),
        KeyCode::Enter => {
            if let Err(why) = confirm(state, out)
                && let Some(Overlay::Card(card)) = state.overlays.last_mut()
            {
                let lacking = card.assent.lacks(&card.refusals, card.lacks_name()).filter(|blank| card.blanks().contains(blank));
                // The first enter goes on to the field that is still empty.
                let moves = lacking.is_some_and(|blank| blank != card.assent.blank);
                card.assent.blank = lacking.unwrap_or(card.assent.blank);
                card.problem = (!moves).then_some(why);
            }
        }
        KeyCode::Down => card.offset = (card.offset + 1).min(FURTHEST),
        KeyCode::Up => card.offset = card.offset.saturating_sub(1),
        KeyCode::PageDown => card.offset = (card.offset + 8).min(FURTHEST),
        KeyCode::PageUp => card.offset = card.offset.saturating_sub(8),
        _ if key == SET_ASIDE => {
            let rules = card.could_set_aside();
            if !rules.is_empty() {
                card.problem = None;
                card.assent.set_aside(rules);
            }
        }
        _ => with_card(state, |card| {
            let blanks = card.blanks();
            let heard = card.assent.press(key, &blanks);
            if heard.is_some() {
                card.problem = None;
            }
            heard.unwrap_or_default()
        }),
    }
}

pub(super) fn paste(state: &mut State, line: &str) {
    with_card(state, |card| {
        card.problem = None;
        let blanks = card.blanks();
        card.assent.paste(line, &blanks)
    });
}

/// Sends the plan off, if nothing speaks against it any more.
fn confirm(state: &mut State, out: &mut Vec<Effect>) -> Result<(), Label> {
    let Some(Overlay::Card(card)) = state.overlays.last() else { return Ok(()) };
    if let Some(why) = &card.blocked {
        return Err(why.clone());
    }
    if card.assent.lacks(&card.refusals, false) == Some(Blank::Reason) {
        return Err(Label::new("say why the rule is set aside: it goes on record"));
    }
    if let Some(refusal) = card.refusals.first() {
        return Err(Label::new(format!("refused: {}", refusal.sentence())));
    }
    if card.moved_at.is_some_and(|at| state.now.since(at) < JUST_NOW) {
        return Err(Label::new("the card changed just now: read it, then press enter again"));
    }
    if let Some(name) = card.asks_for_name().filter(|_| card.lacks_name()) {
        return Err(Label::new(format!("type {name} to go on")));
    }
    ready_for(state, &card.plan.request)?;
    let (plan, given) = (card.plan.clone(), card.assent.given());
    state.overlays.pop();
    close_form(state);
    operations::begin(state, plan, given, out);
    unmark_members(state);
    state.notice = None;
    Ok(())
}

/// Closes the form that a confirmed card came from.
pub(super) fn close_form(state: &mut State) {
    if state.overlays.last().is_some_and(Overlay::is_form) {
        state.overlays.pop();
    }
}

/// Makes the card again from new data.
pub(super) fn world_moved(card: &mut Card, state: &State) {
    let (plan, judged) = match plan(state, &card.first.request, &card.assent.given()) {
        Ok(made) => made,
        Err(why) => {
            if card.blocked.as_ref() != Some(&why) {
                card.moved_at = Some(state.now);
            }
            card.blocked = Some(why);
            return;
        }
    };
    let up = |p: &Plan| p.impact.desired.1.cmp(&p.impact.desired.0);
    // The request is absolute: where the group overtook it, "one more" would have become "fewer".
    let scales = card.first.request.as_scale().is_some();
    card.blocked = (scales && up(&plan) != up(&card.first)).then(|| {
        Label::new(format!("want went from {} to {} meanwhile: leave and decide again", card.first.impact.desired.0, plan.impact.desired.0))
    });
    let matters =
        |p: &Plan| (p.calls.clone(), p.preconditions.clone(), p.impact.victims.clone(), p.impact.min, p.impact.max, p.confirmation.clone());
    if matters(&plan) != matters(&card.plan) || judged.refusals != card.refusals || card.blocked.is_some() {
        card.moved_at = Some(state.now);
    }
    card.moved = moved(&card.first, &plan);
    card.plan = plan;
    (card.refusals, card.overridden) = (judged.refusals, judged.overridden);
}

/// What is not any more as it was when the card opened.
fn moved(then: &Plan, now: &Plan) -> Vec<Label> {
    let (a, b) = (&then.impact, &now.impact);
    let mut out = Vec::new();
    let mut tell = |word: &str, was: u32, is: u32| {
        if was != is {
            out.push(Label::new(format!("{word} is {is} now, was {was}")));
        }
    };
    tell("want", a.desired.0, b.desired.0);
    tell("min", a.min.0, b.min.0);
    tell("max", a.max.0, b.max.0);
    if a.healthy_now != b.healthy_now {
        let ((h0, n0), (h1, n1)) = (a.healthy_now, b.healthy_now);
        out.push(Label::new(format!("healthy is {h1}/{n1} now, was {h0}/{n0}")));
    }
    if a.zones.iter().map(|(z, n, _)| (z, n)).ne(b.zones.iter().map(|(z, n, _)| (z, n))) && a.desired.0 == b.desired.0 {
        out.push(Label::new("members moved between zones"));
    }
    if a.victims.iter().map(|(id, _)| id).ne(b.victims.iter().map(|(id, _)| id)) {
        out.push(Label::new("other members would go"));
    }
    for (what, now, _) in &b.changes {
        if let Some((_, was, _)) = a.changes.iter().find(|(w, was, _)| w == what && was != now) {
            out.push(Label::new(format!("{what} is {now} now, was {was}")));
        }
    }
    let old: Vec<_> = then.preconditions.iter().collect();
    for p in now.preconditions.iter().filter(|p| !old.contains(p)) {
        let told = matches!(
            p.field,
            crate::domain::plan::PreconditionField::Desired
                | crate::domain::plan::PreconditionField::Min
                | crate::domain::plan::PreconditionField::Max
        );
        if !told {
            out.push(Label::new(format!("{} changed", p.field.word())));
        }
    }
    out
}
