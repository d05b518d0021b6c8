//! Taking back what was done: the journal is asked, and what it answers becomes a card like any other.

use super::effect::Effect;
use super::overlay::{bulk, card};
use super::state::{Asking, Overlay, State};
use super::update::notify;
use super::{act, layout, subject};
use crate::app::msg::Inversion;
use crate::domain::{Label, Request, ResourceId};

/// `u`: asks how the last change of what is selected is taken back.
pub(super) fn undo(state: &mut State, out: &mut Vec<Effect>) {
    let ids = subject::anything(state);
    if ids.is_empty() {
        return notify(state, "choose what to take back first");
    }
    if let Err(why) = subject::settle_on(state, &ids) {
        return notify(state, why);
    }
    ask(state, ids, |target| Effect::Undo { target }, out);
}

/// Asks what the freezes of groups saved.
pub(super) fn thaw(state: &mut State, ids: Vec<ResourceId>, out: &mut Vec<Effect>) {
    ask(state, ids, |target| Effect::Thaw { target }, out);
}

/// Asks which groups took over from these.
pub(super) fn retire(state: &mut State, ids: Vec<ResourceId>, out: &mut Vec<Effect>) {
    ask(state, ids, |target| Effect::Retire { target }, out);
}

fn ask(state: &mut State, ids: Vec<ResourceId>, effect: fn(ResourceId) -> Effect, out: &mut Vec<Effect>) {
    if let Some(why) = ids.iter().find_map(|id| subject::may_change(state, id).err()) {
        return notify(state, why);
    }
    out.extend(ids.iter().cloned().map(effect));
    state.asking = Some(Asking { waiting: ids.into_iter().collect(), answers: Vec::new() });
}

/// The journal's answer. The card comes with the last of them, if nothing else lies on the screen meanwhile.
pub(super) fn answered(state: &mut State, target: &ResourceId, answer: Result<Box<Inversion>, Label>) {
    let Some(asking) = &mut state.asking else { return };
    if !asking.waiting.remove(target) {
        return;
    }
    asking.answers.push((target.clone(), answer.map(|i| *i)));
    if !asking.waiting.is_empty() {
        return;
    }
    let Some(asking) = state.asking.take() else { return };
    if !state.overlays.is_empty() {
        return notify(state, "the journal answered, but something else was opened meanwhile: press again");
    }
    let mut answers = asking.answers;
    if answers.len() > 1 {
        let (mut asked, mut remarks) = (Vec::new(), Vec::new());
        for (id, answer) in answers {
            match answer {
                Ok(inversion) => {
                    remarks.push((inversion.request.target().clone(), remarks_of(&inversion)));
                    asked.push(Ok(inversion.request));
                }
                Err(why) => asked.push(Err((id, why))),
            }
        }
        return match bulk::make(state, asked) {
            Ok(mut bulk) => {
                bulk.remark(&remarks);
                state.overlays.push(Overlay::Bulk(Box::new(bulk)));
            }
            Err(why) => notify(state, why),
        };
    }
    let Some((_, answer)) = answers.pop() else { return };
    let made = answer.and_then(|inversion| {
        subject::ready_for(state, &inversion.request)?;
        let mut card = card::make(state, &inversion.request)?;
        card.remarks = remarks_of(&inversion);
        Ok(card)
    });
    match made {
        Ok(card) => {
            act::say_scope(state, &card.plan.target.clone());
            state.overlays.push(Overlay::Card(Box::new(card)));
        }
        Err(why) => tell(state, why),
    }
}

/// In one line where that holds it; a reason with advice is read in peace.
fn tell(state: &mut State, why: Label) {
    if why.chars().count() + 4 <= usize::from(layout::screen(state).width) {
        return notify(state, why);
    }
    state.overlays.push(Overlay::Told { title: Label::new("Nothing is taken back"), text: why });
}

/// What it takes back, then what happened since.
fn remarks_of(inversion: &Inversion) -> Vec<Label> {
    let lead = if matches!(inversion.request, Request::Retire(_)) { "left warm by" } else { "takes back" };
    let of = Label::new(format!("{lead}: {}", inversion.of));
    std::iter::once(of).chain(inversion.warnings.iter().cloned()).collect()
}
