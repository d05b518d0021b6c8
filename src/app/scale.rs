//! Scaling by key: from `+`, `-` and `s` to a card or a form, or to the sentence that says why not.

use std::sync::Arc;
use std::time::Duration;

use super::hints::target;
use super::layout;
use super::operations::{being_sent, followed};
use super::overlay::{card, scale_form};
use super::state::{Overlay, Pane, Screen, State};
use super::update::notify;
use super::view::ListId;
use crate::domain::snapshot::Judged;
use crate::domain::{Group, Kind, Label, Request, ResourceId, ScaleRequest, SourceKey, SourceKind};

/// A row or card that changed by itself this short a time ago was not what the user meant to act on.
pub(super) const JUST_NOW: Duration = Duration::from_secs(1);

/// `+` and `-`: the card for one more or one less.
pub(super) fn by_one(state: &mut State, up: bool) {
    let group = match chosen(state) {
        Ok(group) => group,
        Err(why) => return notify(state, why),
    };
    if !up && !marked_members(state, &group.item).is_empty() {
        // Members are marked: going down means these.
        return open_form(state, &group);
    }
    let Some(desired) = group.item.desired else { return notify(state, format!("how many {} wants is not known", group.item.name)) };
    let Some(desired) = (if up { desired.checked_add(1) } else { desired.checked_sub(1) }) else {
        return notify(state, format!("{} wants none already", group.item.name));
    };
    let request = Request::Scale(ScaleRequest::to(&group.item.id, desired));
    match card::make(state, &request) {
        Ok(card) => {
            say_scope(state, &group.item);
            state.overlays.push(Overlay::Card(Box::new(card)));
        }
        Err(why) => notify(state, why),
    }
}

/// `s`: the form for an exact number.
pub(super) fn to_number(state: &mut State) {
    match chosen(state) {
        Ok(group) => open_form(state, &group),
        Err(why) => notify(state, why),
    }
}

fn open_form(state: &mut State, group: &Judged<Group>) {
    let victims = marked_members(state, &group.item);
    say_scope(state, &group.item);
    let form = scale_form::make(&group.item, victims, state.now);
    state.overlays.push(Overlay::ScaleForm(Box::new(form)));
}

/// What the user may not expect of the dialog that opens.
fn say_scope(state: &mut State, group: &Group) {
    let groups = state.marks.iter().filter(|id| id.kind == Kind::Group).count();
    if groups > 0 {
        notify(state, format!("{groups} marked, but this is for {} alone", group.name));
    } else if state.held.is_some() {
        notify(state, "the picture is held; this is made from the live one");
    } else if let Some(before) = followed(state, &group.id).map(|o| o.title.clone()) {
        notify(state, format!("this takes over from: {before}"));
    }
}

fn marked_members(state: &State, group: &Group) -> Vec<ResourceId> {
    let marked = state.marks.iter().any(|id| id.kind == Kind::Member);
    if !marked {
        return Vec::new();
    }
    group.members.iter().filter(|m| state.marks.contains(&m.id)).map(|m| m.id.clone()).collect()
}

/// The group under the keys, if keys may act on it: it is seen, it is still there, and it can be scaled now.
fn chosen(state: &mut State) -> Result<Arc<Judged<Group>>, Label> {
    let Some(id) = target(state) else { return Err(Label::new("choose a group first (1)")) };
    settle_selection(state)?;
    ready(state, &id)
}

/// A key never lands on a neighbour: not on a ghost, not on a row out of sight, not on one that took the top place this very moment.
fn settle_selection(state: &mut State) -> Result<(), Label> {
    if !matches!(state.screen, Screen::Deck) {
        return Ok(());
    }
    let list_id = ListId::Deck(Pane::Groups);
    let height = layout::list_height(state, list_id);
    let (now, on_groups) = (state.now, state.deck.focus == Pane::Groups);
    let Some(list) = list_id.of_mut(state) else { return Ok(()) };
    if let Some(ghost) = &list.ghost {
        return Err(Label::new(format!("{ghost} is gone: move to another row first")));
    }
    list.touched = true;
    if list.followed.is_some_and(|at| now.since(at) < JUST_NOW) {
        list.followed = None;
        return Err(Label::new("the top row just changed: press again if you mean this one"));
    }
    if on_groups && !list.is_cursor_seen(height) {
        list.show_cursor(height);
        return Err(Label::new("the selected row was out of sight: here it is, press again"));
    }
    Ok(())
}

/// Whether an operation on a group may begin, judged by the live picture; says in words why not.
pub(super) fn ready(state: &State, id: &ResourceId) -> Result<Arc<Judged<Group>>, Label> {
    let no = |text: String| Err(Label::new(text));
    if state.session.read_only {
        return no("this console is read-only".to_owned());
    }
    let Some(group) = state.live.group(id) else { return no("the group is no longer there".to_owned()) };
    let name = &group.item.name;
    if !group.item.kind.can_scale() {
        return no(format!("{name} is a {}: it cannot be scaled", group.item.kind.title()));
    }
    let read = state.live.sources.get(&SourceKey { scope: id.scope.clone(), kind: SourceKind::Groups });
    if read.is_none_or(|s| s.read_at.is_none()) {
        return no(format!("the groups of {} are not read to the end yet", Label::new(id.scope.region())));
    }
    if !state.live.identities.contains_key(&id.scope) {
        return no(format!("who am I is not known yet in {}: nothing is changed before that", Label::new(id.scope.region())));
    }
    if let Some(operation) = being_sent(state, id) {
        return no(format!("still on its way: {} ({}); try again in a moment", operation.title, operation.phase.word()));
    }
    Ok(Arc::clone(group))
}

/// Leaves the marks of members behind once they are on their way out.
pub(super) fn unmark_members(state: &mut State) {
    state.marks.retain(|id| id.kind != Kind::Member);
}
