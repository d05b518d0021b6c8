//! Scaling by key: from `+`, `-` and `s` to a card or a form, or to the sentence that says why not.

use super::overlay::scale_form;
use super::state::{Overlay, State};
use super::subject::ready;
use super::update::notify;
use super::{act, subject};
use crate::domain::{Group, Kind, Label, Request, ResourceId, ScaleRequest};

/// `+` and `-`: the card for one more or one less, of each marked group where groups are marked.
pub(super) fn by_one(state: &mut State, up: bool) {
    let ids = match chosen(state) {
        Ok(ids) => ids,
        Err(why) => return notify(state, why),
    };
    if let ([id], false) = (&ids[..], up)
        && let Some(group) = state.live.group(id).cloned()
        && !marked_members(state, &group.item).is_empty()
    {
        // Members are marked: going down means these.
        return open_form(state, &ids);
    }
    let requests = ids.iter().map(|id| one_step(state, id, up)).collect();
    act::propose_each(state, requests);
}

fn one_step(state: &State, id: &ResourceId, up: bool) -> Result<Request, (ResourceId, Label)> {
    let no = |why: String| Err((id.clone(), Label::new(why)));
    let Some(group) = state.live.group(id).map(|g| &g.item) else { return no("the group is no longer there".to_owned()) };
    let Some(desired) = group.desired else { return no(format!("how many {} wants is not known", group.name)) };
    match if up { desired.checked_add(1) } else { desired.checked_sub(1) } {
        Some(desired) => Ok(Request::Scale(ScaleRequest::to(id, desired))),
        None => no(format!("{} wants none already", group.name)),
    }
}

/// `s`: the form for an exact number.
pub(super) fn to_number(state: &mut State) {
    match chosen(state) {
        Ok(ids) => open_form(state, &ids),
        Err(why) => notify(state, why),
    }
}

fn open_form(state: &mut State, ids: &[ResourceId]) {
    let Some((first, others)) = ids.split_first() else { return };
    let Some(group) = state.live.group(first).cloned() else { return notify(state, "the group is no longer there") };
    let victims = if others.is_empty() { marked_members(state, &group.item) } else { Vec::new() };
    if others.is_empty() {
        act::say_scope(state, first);
    }
    let form = scale_form::make(&group.item, others, victims, state.now);
    state.overlays.push(Overlay::ScaleForm(Box::new(form)));
}

fn marked_members(state: &State, group: &Group) -> Vec<ResourceId> {
    let marked = state.marks.iter().any(|id| id.kind == Kind::Member);
    if !marked {
        return Vec::new();
    }
    group.members.iter().filter(|m| state.marks.contains(&m.id)).map(|m| m.id.clone()).collect()
}

/// The groups under the keys, if keys may act on them: they are seen and still there; a single one can be scaled now.
fn chosen(state: &mut State) -> Result<Vec<ResourceId>, Label> {
    let ids = subject::groups(state);
    match &ids[..] {
        [] => Err(Label::new("choose a group first (1)")),
        [one] => {
            subject::settle_on(state, &ids)?;
            ready(state, one)?;
            Ok(ids)
        }
        _ => Ok(ids),
    }
}

/// Leaves the marks of members behind once they are on their way out.
pub(super) fn unmark_members(state: &mut State) {
    state.marks.retain(|id| id.kind != Kind::Member);
}
