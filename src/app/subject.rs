//! What operating keys act on: marked things where things are marked, else what the cursor is on or what is drilled into. A key never
//! lands on a neighbour, and never on what is no longer there.

use std::sync::Arc;
use std::time::Duration;

use super::hints::target;
use super::layout;
use super::operations::being_sent;
use super::state::{GroupTab, Pane, RowKey, Screen, State};
use super::view::ListId;
use crate::domain::snapshot::Judged;
use crate::domain::{Group, Kind, Label, Request, ResourceId, SourceKey, SourceKind};

/// A row or card that changed by itself this short a time ago was not what the user meant to act on.
pub(super) const JUST_NOW: Duration = Duration::from_secs(1);

/// Members of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    pub group: ResourceId,
    pub members: Vec<ResourceId>,
}

/// The groups that keys act on: all marked ones on the deck, else the one under the keys.
pub fn groups(state: &State) -> Vec<ResourceId> {
    let marked: Vec<ResourceId> = match state.screen {
        Screen::Deck => state.marks.iter().filter(|id| id.kind == Kind::Group).cloned().collect(),
        _ => Vec::new(),
    };
    if marked.is_empty() || target(state).is_none() { target(state).into_iter().collect() } else { marked }
}

/// The members that keys act on: the marked ones of the drilled-in group, else the one under the cursor; on a pool's screen the member
/// behind the target.
pub fn members(state: &State) -> Option<Members> {
    match &state.screen {
        Screen::Group(g) => {
            let shown = state.shown().group(&g.id)?;
            let marked: Vec<ResourceId> = shown.item.members.iter().filter(|m| state.marks.contains(&m.id)).map(|m| m.id.clone()).collect();
            if !marked.is_empty() {
                return Some(Members { group: g.id.clone(), members: marked });
            }
            let list = (g.tab == GroupTab::Members).then(|| ListId::Tab(GroupTab::Members).of(state)).flatten()?;
            match &list.selected {
                Some(RowKey::Resource(id)) => Some(Members { group: g.id.clone(), members: vec![id.clone()] }),
                _ => None,
            }
        }
        Screen::Pool(p) => {
            let row = p.list.selected_row().and_then(|r| r.index)?;
            let pool = state.shown().pool(&p.id)?;
            let member = pool.item.targets.as_ref()?.get(row)?.member.clone();
            let owner = state.shown().groups.iter().find(|g| g.item.members.iter().any(|m| m.id == member))?;
            Some(Members { group: owner.item.id.clone(), members: vec![member] })
        }
        _ => None,
    }
}

/// The database under the keys.
pub fn database(state: &State) -> Option<ResourceId> {
    match &state.screen {
        Screen::Database(d) => Some(d.id.clone()),
        Screen::Deck if state.deck.focus == Pane::Databases => selected(state, Kind::Database),
        _ => None,
    }
}

/// The alarm under the cursor.
pub fn alarm(state: &State) -> Option<ResourceId> {
    match &state.screen {
        Screen::Deck if state.deck.focus == Pane::Changes => selected(state, Kind::Alarm),
        Screen::Database(_) => selected(state, Kind::Alarm),
        _ => None,
    }
}

fn selected(state: &State, kind: Kind) -> Option<ResourceId> {
    match &ListId::focused(state)?.of(state)?.selected {
        Some(RowKey::Resource(id)) if id.kind == kind => Some(id.clone()),
        _ => None,
    }
}

/// What `undo` is about: what the chosen operation changes, groups, or the database or alarm under the keys.
pub fn anything(state: &State) -> Vec<ResourceId> {
    if super::operations::is_in_front(state) {
        return super::operations::chosen(state).map(|o| o.target.clone()).into_iter().collect();
    }
    let groups = groups(state);
    if !groups.is_empty() {
        return groups;
    }
    alarm(state).or_else(|| database(state)).or_else(|| members(state).map(|m| m.group)).into_iter().collect()
}

/// Whether the user saw what a key would act on: marked things were seen when they were marked, and a drilled-in group is the whole screen.
pub(super) fn settle_on(state: &mut State, ids: &[ResourceId]) -> Result<(), Label> {
    let drilled_in = !matches!(state.screen, Screen::Deck) && ids.iter().all(|id| state.screen.about() == Some(id));
    if drilled_in || ids.iter().any(|id| state.marks.contains(id)) { Ok(()) } else { settle(state) }
}

/// A key never lands on a neighbour: not on a ghost, not on a row out of sight, not on one that took the top place this very moment.
fn settle(state: &mut State) -> Result<(), Label> {
    let list_id = match &state.screen {
        Screen::Deck if state.deck.focus == Pane::Metrics => ListId::Deck(Pane::Groups),
        Screen::Deck => ListId::Deck(state.deck.focus),
        _ => match ListId::focused(state) {
            Some(id) => id,
            None => return Ok(()),
        },
    };
    let height = layout::list_height(state, list_id);
    let (now, in_front) = (state.now, ListId::focused(state) == Some(list_id));
    let Some(list) = list_id.of_mut(state) else { return Ok(()) };
    if let Some(ghost) = &list.ghost {
        return Err(Label::new(format!("{ghost} is gone: move to another row first")));
    }
    list.touched = true;
    if list.followed.is_some_and(|at| now.since(at) < JUST_NOW) {
        list.followed = None;
        return Err(Label::new("the top row just changed: press again if you mean this one"));
    }
    if in_front && list.selected.is_some() && !list.is_cursor_seen(height) {
        list.show_cursor(height);
        return Err(Label::new("the selected row was out of sight: here it is, press again"));
    }
    Ok(())
}

/// Whether anything may be changed at all where a thing is, judged by the live picture; says in words why not.
pub(super) fn may_change(state: &State, id: &ResourceId) -> Result<(), Label> {
    let no = |text: String| Err(Label::new(text));
    if state.session.read_only {
        return no("this console is read-only".to_owned());
    }
    if !state.live.contains(id) {
        return no(format!("the {} is no longer there", word(id.kind)));
    }
    if !state.live.identities.contains_key(&id.scope) {
        return no(format!("who am I is not known yet in {}: nothing is changed before that", Label::new(id.scope.region())));
    }
    Ok(())
}

/// Whether nothing of ours is on its way to a thing.
pub(super) fn is_free(state: &State, id: &ResourceId) -> Result<(), Label> {
    match being_sent(state, id) {
        Some(operation) => {
            Err(Label::new(format!("still on its way: {} ({}); try again in a moment", operation.title, operation.phase.word())))
        }
        None => Ok(()),
    }
}

/// Whether what a request asks for may begin now. Reading and being free of ours are asked here; guards are judged by the plan.
pub(super) fn ready_for(state: &State, request: &Request) -> Result<(), Label> {
    let target = request.target();
    match request {
        // Always admitted: it holds what is under way.
        Request::Freeze(_) => ready_beside(state, target).map(drop),
        Request::Scale(_)
        | Request::Redeploy(_)
        | Request::Thaw(_)
        | Request::Processes(_)
        | Request::Refresh(_)
        | Request::Retire(_)
        | Request::Reroute(_) => ready(state, target).map(drop),
        Request::Member(_) | Request::Database(_) | Request::Mute(_) => {
            may_change(state, target)?;
            is_free(state, target)
        }
    }
}

/// Whether an operation on a group may begin.
pub(super) fn ready(state: &State, id: &ResourceId) -> Result<Arc<Judged<Group>>, Label> {
    let group = ready_beside(state, id)?;
    is_free(state, id)?;
    Ok(group)
}

/// The same, whatever else of ours is on its way there.
fn ready_beside(state: &State, id: &ResourceId) -> Result<Arc<Judged<Group>>, Label> {
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
    may_change(state, id)?;
    Ok(Arc::clone(group))
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Group => "group",
        Kind::Member => "member",
        Kind::Pool => "pool",
        Kind::Balancer => "balancer",
        Kind::Database => "database",
        Kind::Alarm => "alarm",
        Kind::Rule => "rule",
    }
}
