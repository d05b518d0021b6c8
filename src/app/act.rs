//! From an operating key to a request, and from requests to a card: one card for one target, a combined one for several.

use std::time::Duration;

use super::overlay::{bulk, card, redeploy_form};
use super::state::{Overlay, State};
use super::subject::{self, Members};
use super::update::notify;
use crate::command::Command;
use crate::domain::plan::{
    DatabaseAct, DatabaseRequest, FreezeRequest, MemberAct, MemberRequest, MuteRequest, RefreshAct, RefreshRequest, snapshot_name,
};
use crate::domain::{Group, Kind, Label, Request, ResourceId};

/// What one target is asked for, or why nothing can be asked of it.
pub(super) type Asked = Result<Request, (ResourceId, Label)>;

/// `F`: freezes. Where all that is chosen looks frozen already, it thaws.
pub(super) fn freeze(state: &mut State, out: &mut Vec<super::Effect>) {
    let Some(ids) = chosen_groups(state) else { return };
    let is_frozen =
        |id: &&ResourceId| state.live.group(id).is_some_and(|g| looks_frozen(&g.item, &state.session.operations.freeze_processes));
    if ids.iter().all(|id| is_frozen(&id)) {
        return super::inverse::thaw(state, ids, out);
    }
    let requests = ids.iter().filter(|id| !is_frozen(id)).map(|id| Ok(freeze_request(state, id))).collect();
    propose_each(state, requests);
}

fn freeze_request(state: &State, group: &ResourceId) -> Request {
    Request::Freeze(FreezeRequest { group: group.clone(), processes: state.session.operations.freeze_processes.clone() })
}

/// `R`: the form that explains each way.
pub(super) fn redeploy(state: &mut State) {
    let Some(ids) = chosen_groups(state) else { return };
    if let [one] = &ids[..] {
        if let Err(why) = subject::ready(state, one) {
            return notify(state, why);
        }
        say_scope(state, &one.clone());
    }
    redeploy_form::open(state, ids);
}

/// Whether a group is held still: pinned to its size, and marked as frozen or with automation off that a freeze switches off. Who did it
/// is for the journal to say.
pub fn looks_frozen(group: &Group, switched_off: &[Label]) -> bool {
    let pinned = group.desired.is_some() && group.min == group.desired && group.max == group.desired;
    pinned && (group.mark().is_some_and(|m| m.is_freeze()) || switched_off.iter().any(|p| group.is_suspended(p)))
}

/// The groups under the keys; says so where there are none, or where the cursor is not where it seems.
pub(super) fn chosen_groups(state: &mut State) -> Option<Vec<ResourceId>> {
    let ids = subject::groups(state);
    if ids.is_empty() {
        notify(state, "choose a group first (1)");
        return None;
    }
    seen(state, &ids).then_some(ids)
}

/// Whether the cursor is where it seems; says so where it is not.
fn seen(state: &mut State, ids: &[ResourceId]) -> bool {
    match subject::settle_on(state, ids) {
        Ok(()) => true,
        Err(why) => {
            notify(state, why);
            false
        }
    }
}

/// What is done to members.
pub(super) fn member(state: &mut State, act: MemberAct) {
    let Some(Members { group, members }) = subject::members(state) else { return notify(state, "choose a member first") };
    if seen(state, &members) {
        propose(state, vec![Request::Member(MemberRequest { group, members, act })]);
    }
}

pub(super) fn refresh(state: &mut State, act: RefreshAct) {
    let Some(ids) = chosen_groups(state) else { return };
    propose(state, ids.into_iter().map(|group| Request::Refresh(RefreshRequest { group, act })).collect());
}

/// What is done to a database.
pub(super) fn database(state: &mut State, command: Command) {
    let Some(database) = subject::database(state) else { return notify(state, "choose a database first (3)") };
    if !seen(state, std::slice::from_ref(&database)) {
        return;
    }
    let act = match command {
        Command::RebootWithFailover => DatabaseAct::RebootWithFailover,
        Command::FailOver => DatabaseAct::FailOver,
        Command::SnapshotDatabase => match state.live.database(&database) {
            Some(found) => DatabaseAct::Snapshot { name: snapshot_name(&found.item, state.now) },
            None => return notify(state, "the database is no longer there"),
        },
        _ => DatabaseAct::Reboot,
    };
    propose(state, vec![Request::Database(DatabaseRequest { database, act })]);
}

/// Lets an alarm speak again.
pub(super) fn unmute(state: &mut State) {
    let Some(alarm) = chosen_alarm(state) else { return };
    propose(state, vec![Request::Mute(MuteRequest { alarm, until: None })]);
}

pub(super) fn chosen_alarm(state: &mut State) -> Option<ResourceId> {
    let Some(alarm) = subject::alarm(state) else {
        notify(state, "choose an alarm first (5)");
        return None;
    };
    seen(state, std::slice::from_ref(&alarm)).then_some(alarm)
}

pub(super) fn mute_request(state: &State, alarm: &ResourceId, wait: Duration) -> Option<Request> {
    let until = state.now.wall.checked_add(wait).ok()?;
    Some(Request::Mute(MuteRequest { alarm: alarm.clone(), until: Some(until) }))
}

/// Shows the card of what is asked.
pub(super) fn propose(state: &mut State, requests: Vec<Request>) {
    propose_each(state, requests.into_iter().map(Ok).collect());
}

/// The same where some cannot even be asked for.
pub(super) fn propose_each(state: &mut State, asked: Vec<Asked>) {
    if let Some(why) = propose_over(state, asked) {
        notify(state, why);
    }
}

/// Shows the card over the form it comes from: one of its own for one target, a combined one for several. Returns why there is none.
pub(super) fn propose_over(state: &mut State, mut asked: Vec<Asked>) -> Option<Label> {
    if asked.len() != 1 {
        return match bulk::make(state, asked) {
            Ok(bulk) => {
                state.overlays.push(Overlay::Bulk(Box::new(bulk)));
                None
            }
            Err(why) => Some(why),
        };
    }
    let made = match asked.remove(0) {
        Ok(request) => subject::ready_for(state, &request).and_then(|()| card::make(state, &request)),
        Err((_, why)) => Err(why),
    };
    match made {
        Ok(card) => {
            if state.overlays.is_empty() {
                say_scope(state, &card.plan.target.clone());
            }
            state.overlays.push(Overlay::Card(Box::new(card)));
            None
        }
        Err(why) => Some(why),
    }
}

/// What the user may not expect of the dialog that opens.
pub(super) fn say_scope(state: &mut State, target: &ResourceId) {
    let groups = state.marks.iter().filter(|id| id.kind == Kind::Group && *id != target).count();
    if groups > 0 {
        notify(state, format!("{groups} marked elsewhere, but this is for one alone"));
    } else if state.held.is_some() {
        notify(state, "the picture is held; this is made from the live one");
    } else if let Some(before) = super::operations::followed(state, target).map(|o| o.title.clone()) {
        notify(state, format!("this takes over from: {before}"));
    }
}
