//! Taking the last change back: its inverse as a request of its own, with a word for everything that moved since. The card of that
//! request shows the rest.

use jiff::Timestamp;

use super::super::group::Group;
use super::super::ids::ResourceId;
use super::super::label::Label;
use super::super::operation::{Fact, OperationId};
use super::super::snapshot::Snapshot;
use super::refresh::RefreshPreferences;
use super::request::{MemberAct, MemberRequest, MuteRequest, ProcessRequest, RedeployRequest, Request, Strategy, ThawRequest};
use super::setting::{listed, named};
use super::{Inverse, Plan, Size};

/// The request that takes `operation` back, and what moved since it was carried out. `Err`: why it cannot be.
pub fn undo(
    operation: &OperationId,
    plan: &Plan,
    facts: &[(Timestamp, Fact)],
    snapshot: &Snapshot,
) -> Result<(Request, Vec<Label>), Label> {
    if !snapshot.contains(&plan.target) {
        return Err(Label::new(format!("{} is no longer there", plan.name)));
    }
    let group = snapshot.group(&plan.target).map(|g| &g.item);
    let request = match (&plan.inverse, &plan.request) {
        (Inverse::Recorded(_), Request::Freeze(freeze)) => {
            let saved = facts.iter().rev().find_map(|(_, f)| match f {
                Fact::Frozen(saved) => Some((**saved).clone()),
                _ => None,
            });
            let saved = saved.ok_or_else(|| Label::new("the freeze saved nothing: it did not come so far as to change bounds"))?;
            return Ok(thaw(freeze.group.clone(), operation, saved));
        }
        (Inverse::Recorded(what), _) => return Err(what.clone()),
        (Inverse::Request(back), _) => (**back).clone(),
        (Inverse::RollBack { until }, request) => {
            if let Request::Redeploy(redeploy) = request
                && let Some((back, from)) = refreshed(redeploy, facts)
            {
                return Ok((Request::Redeploy(back), again(redeploy, group, &from)));
            }
            return Err(match request {
                Request::Redeploy(_) => replaced(plan),
                _ => Label::new(format!("it is rolled back while it runs, until {until}")),
            });
        }
        // What it says is about one that is under way.
        (Inverse::None(_), Request::Redeploy(_)) => return Err(replaced(plan)),
        (Inverse::None(why), _) => return Err(why.clone()),
    };
    let mut warnings = Vec::new();
    if let Some(group) = group {
        moved(plan, group, &mut warnings);
    }
    let request = match (request, group) {
        (Request::Member(back), Some(group)) => Request::Member(still_there(back, group, &mut warnings)?),
        (Request::Processes(back), Some(group)) => Request::Processes(still_so(back, group, &mut warnings)?),
        (Request::Mute(back), _) => Request::Mute(remuted(back, plan, snapshot, &mut warnings)),
        (other, _) => other,
    };
    Ok((request, warnings))
}

/// The refresh that goes back to the version of before, where the redeploy named the one it went to.
fn refreshed(redeploy: &RedeployRequest, facts: &[(Timestamp, Fact)]) -> Option<(RedeployRequest, Label)> {
    let Strategy::Native(preferences) = &redeploy.strategy else { return None };
    let to = preferences.version.as_ref()?;
    let from = facts.iter().find_map(|(_, f)| match f {
        Fact::Started(start) => start.version.clone(),
        _ => None,
    })?;
    let back = RefreshPreferences { version: Some(from.clone()), ..preferences.clone() };
    (from != *to).then(|| (RedeployRequest { group: redeploy.group.clone(), strategy: Strategy::Native(back) }, from))
}

/// Why a redeploy that is through has no way back by itself, and what to do instead.
fn replaced(plan: &Plan) -> Label {
    let row = plan.impact.changes.iter().find(|(what, ..)| &**what == "version");
    let names = |label: &Label| -> Vec<String> {
        label.split(", ").filter_map(|part| part.rsplit_once(" ×")).map(|(version, _)| version.to_owned()).collect()
    };
    let (ran, runs) = row.map_or_else(Default::default, |(_, ran, runs)| (names(ran), names(runs)));
    let gone = format!("the members that {} had before are gone, and do not come back", plan.name);
    Label::new(match (ran.iter().find(|v| !runs.contains(v)), ran.first()) {
        (Some(old), _) => format!(
            "{gone}; they ran {old}. To go back, set the launch template back to {old} and redeploy; or press R, choose native and name \
             version {old}"
        ),
        (None, Some(same)) => format!(
            "{gone}; they ran {same} too. To go back, set back what they install when they start, or the launch template to an earlier \
             version, and redeploy"
        ),
        (None, None) => format!("{gone}. To go back, set the launch template back to its earlier version and redeploy"),
    })
}

fn again(redeploy: &RedeployRequest, group: Option<&Group>, from: &Label) -> Vec<Label> {
    let mut out = vec![Label::new(format!("this is another refresh: every member is replaced once more, by {from}"))];
    let to = match &redeploy.strategy {
        Strategy::Native(p) => p.version.as_ref(),
        _ => None,
    };
    let now = group.and_then(|g| g.version_wanted.as_ref());
    if let (Some(to), Some(now)) = (to, now)
        && to != now
        && now != from
    {
        out.push(Label::new(format!("the group wanted {to} after it, wants {now} now: somebody deployed since")));
    }
    out
}

/// What others changed meanwhile the plan of the thaw says itself.
fn thaw(group: ResourceId, freeze: &OperationId, saved: super::Saved) -> (Request, Vec<Label>) {
    (Request::Thaw(ThawRequest { group, freeze: freeze.clone(), saved, overwrite: false }), Vec::new())
}

/// Sizes that are no longer as the plan left them, and what is at work now.
fn moved(plan: &Plan, group: &Group, out: &mut Vec<Label>) {
    let impact = &plan.impact;
    if let (Some(now), true) = (Size::of(group), plan.request.as_scale().is_some() || impact.desired.0 != impact.desired.1) {
        for (what, left, is) in [("desired", impact.desired.1, now.desired), ("min", impact.min.1, now.min), ("max", impact.max.1, now.max)]
        {
            if left != is {
                out.push(Label::new(format!("{what} was {left} after it, is {is} now: somebody changed it since")));
            }
        }
    }
    if let Some(rollout) = group.rollout.as_ref().filter(|r| r.status.is_moving()) {
        out.push(Label::new(format!("an instance refresh is under way ({})", rollout.status.word)));
    }
    if let Some(mark) = group.mark() {
        out.push(Label::new(format!("an operation is at work on this group: {}", mark.text)));
    }
}

/// Members that can still be brought back; those that left meanwhile are named.
fn still_there(back: MemberRequest, group: &Group, out: &mut Vec<Label>) -> Result<MemberRequest, Label> {
    let fits = |id: &ResourceId| {
        group.members.iter().find(|m| m.id == *id).is_some_and(|m| match back.act {
            MemberAct::InService => &*m.lifecycle.word == "Standby",
            MemberAct::Protect => !m.protected,
            MemberAct::Unprotect => m.protected,
            _ => m.in_service(),
        })
    };
    let (stay, gone): (Vec<ResourceId>, Vec<ResourceId>) = back.members.iter().cloned().partition(|id| fits(id));
    if !gone.is_empty() {
        let names = named(&gone.iter().map(|id| Label::new(id.native()).to_string()).collect::<Vec<_>>());
        out.push(Label::new(format!("not as it left them any more, so left alone: {names}")));
    }
    if stay.is_empty() {
        return Err(Label::new("none of the members is as it left them any more: nothing to undo"));
    }
    Ok(MemberRequest { members: stay, ..back })
}

/// Processes that nobody switched back since.
fn still_so(back: ProcessRequest, group: &Group, out: &mut Vec<Label>) -> Result<ProcessRequest, Label> {
    let (stay, done): (Vec<Label>, Vec<Label>) = back.processes.iter().cloned().partition(|p| group.is_suspended(p) != back.suspend);
    if !done.is_empty() {
        let state = if back.suspend { "suspended" } else { "running" };
        out.push(Label::new(format!("{} {state} again already", listed(&done))));
    }
    if stay.is_empty() {
        return Err(Label::new("somebody switched them back already: nothing to undo"));
    }
    Ok(ProcessRequest { processes: stay, ..back })
}

/// An end that is past by now cannot be set again: the mute is ended instead.
fn remuted(back: MuteRequest, plan: &Plan, snapshot: &Snapshot, out: &mut Vec<Label>) -> MuteRequest {
    let muted = snapshot.alarm(&plan.target).is_some_and(|a| !a.item.muted.is_empty());
    if let (Request::Mute(done), false) = (&plan.request, muted)
        && done.until.is_some()
    {
        out.push(Label::new("the alarm is not muted any more"));
    }
    let past = matches!((back.until, snapshot.taken), (Some(until), Some(taken)) if until <= taken.wall);
    if past {
        out.push(Label::new("the mute that was there before has ended since"));
        return MuteRequest { until: None, ..back };
    }
    back
}

#[cfg(test)]
mod tests;
