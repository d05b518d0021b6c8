//! Taking back what was done: the journal is asked, and what it answers becomes a card like any other.

use super::overlay::card;
use super::state::{Overlay, State};
use super::update::notify;
use crate::app::msg::Inversion;
use crate::domain::{Label, ResourceId};

/// The journal's answer: a card, if nothing else lies on the screen meanwhile.

pub(super) fn answered(state: &mut State, _target: &ResourceId, answer: Result<Box<Inversion>, Label>) {
    if !state.overlays.is_empty() {
        return notify(state, "the answer of the journal came too late: something else was opened meanwhile");
    }
    match answer.and_then(|inversion| card::make(state, &inversion.request)) {
        Ok(card) => state.overlays.push(Overlay::Card(Box::new(card))),
        Err(why) => notify(state, why),
    }
}
