//! What the journal knows of the past of a thing: how its last change is taken back, and what its freeze saved. The journal is asked in
//! the background; whether the world has moved since is judged by the picture that the asker has.

use std::time::Duration;

use crate::app::Inversion;
use crate::domain::plan::{self, RerouteRequest, RetireRequest, Strategy};
use crate::domain::time::format_age;
use crate::domain::{Call, Fact, Kind, Label, Now, OperationId, Phase, Request, ResourceId, Snapshot};
use crate::journal::{Answer, Entry, Filter, Journal, JournalError, Stored};

/// The world as the asker sees it now, for what moved since.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    pub snapshot: &'a Snapshot,
    pub now: Now,
}

/// How the last change of a thing is taken back; the error says why it is not.
pub async fn undo(journal: &Journal, target: &ResourceId, seen: Seen<'_>) -> Result<Inversion, Label> {
    let id = journal.latest_change(target).await.map_err(said)?;
    let Some(id) = id else {
        return Err(Label::new(format!(
            "nothing was changed here from this machine: there is no operation on {} on record",
            Label::new(target.native())
        )));
    };
    let stored = load(journal, &id).await?;
    let what = described(&stored.entry, seen.now);
    if let (Some(heir), Some(Phase::Done)) = (heir(&stored), stored.entry.phase)
        && seen.snapshot.group(target).is_some()
    {
        // While the old group stands, the traffic goes back in one step.
        let request = Request::Reroute(RerouteRequest { group: target.clone(), from: heir });
        return Ok(Inversion { of: what, request, warnings: Vec::new() });
    }
    match stored.entry.phase {
        None => return Err(Label::new(format!("{what} is not over: pause, hold or roll it back ({id})"))),
        Some(Phase::Held | Phase::Interrupted) => {
            return Err(Label::new(format!("{what} was left half-way: resume it or roll it back ({id})")));
        }
        Some(Phase::RolledBack) => return Err(Label::new(format!("{what} was rolled back: there is nothing to take back"))),
        Some(_) => {}
    }
    back(&stored, what, seen)
}

/// What the planner makes of it.
fn back(stored: &Stored, of: Label, seen: Seen<'_>) -> Result<Inversion, Label> {
    match plan::undo(&stored.entry.id, &stored.plan, &stored.facts, seen.snapshot) {
        Ok((request, warnings)) => Ok(Inversion { of, request, warnings }),
        Err(why) => Err(Label::new(format!("{of} cannot be taken back: {why}"))),
    }
}

/// What the freeze of a group saved, as the request that thaws it.
pub async fn thaw(journal: &Journal, target: &ResourceId, seen: Seen<'_>) -> Result<Inversion, Label> {
    let mut thawed: Vec<OperationId> = Vec::new();
    for entry in of(journal, target).await? {
        // Records of the first version know no freezes.
        let Ok(Some(stored)) = journal.load(&entry.id).await else { continue };
        match &stored.plan.request {
            Request::Thaw(r) if entry.phase == Some(Phase::Done) => thawed.push(r.freeze.clone()),
            Request::Freeze(_) if thawed.contains(&entry.id) => {
                return Err(Label::new(format!("{} was thawed already", described(&entry, seen.now))));
            }
            Request::Freeze(_) if has_saved(&stored) => return back(&stored, described(&entry, seen.now), seen),
            _ => {}
        }
    }
    Err(Label::new("it was not frozen from this machine: no freeze of it is on record"))
}

/// The group that a blue/green redeploy left warm beside its heir, as the request that removes it.
pub async fn retire(journal: &Journal, target: &ResourceId, seen: Seen<'_>) -> Result<Inversion, Label> {
    for entry in of(journal, target).await? {
        let Ok(Some(stored)) = journal.load(&entry.id).await else { continue };
        let (Some(heir), Some(Phase::Done)) = (heir(&stored), entry.phase) else { continue };
        let request = RetireRequest { group: target.clone(), heir, redeploy: entry.id.clone() };
        return Ok(Inversion { of: described(&entry, seen.now), request: Request::Retire(request), warnings: Vec::new() });
    }
    Err(Label::new("no blue/green redeploy of it is on record here: nothing was left warm"))
}

/// The group that took over in a blue/green redeploy, if it came so far as to make one.
fn heir(stored: &Stored) -> Option<ResourceId> {
    let Request::Redeploy(redeploy) = &stored.plan.request else { return None };
    let Strategy::BlueGreen(_) = redeploy.strategy else { return None };
    let name = stored.entry.steps.iter().find_map(|s| match &s.call {
        Call::CloneGroup { name, .. } if matches!(s.answer, Some(Answer::Accepted | Answer::FoundDone)) => Some(name),
        _ => None,
    })?;
    Some(ResourceId::new(&stored.plan.target.scope, Kind::Group, name))
}

/// Whether a freeze came so far that there is something to give back.
fn has_saved(stored: &Stored) -> bool {
    stored.facts.iter().any(|(_, f)| matches!(f, Fact::Frozen(_)))
}

/// Operations on a thing, newest first.
async fn of(journal: &Journal, target: &ResourceId) -> Result<Vec<Entry>, Label> {
    let filter = Filter { group: Some(target.native().to_owned()), ..Filter::default() };
    let mut entries = journal.list(filter).await.map_err(said)?;
    entries.retain(|e| e.scope == target.scope && e.group_id == target.native());
    Ok(entries)
}

async fn load(journal: &Journal, id: &OperationId) -> Result<Stored, Label> {
    journal.load(id).await.map_err(said)?.ok_or_else(|| Label::new(format!("operation {id} is no longer on record")))
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn said(e: JournalError) -> Label {
    Label::new(e.to_string())
}

fn described(entry: &Entry, now: Now) -> Label {
    let ago: Duration = now.age_of(entry.started);
    Label::new(format!("{}, {} ago by {}", entry.title, format_age(ago), entry.user))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::fixture::{group, id, picture, pool, route};
    use crate::domain::plan::{BlueGreen, RedeployRequest};
    use crate::domain::{Group, GuardRules};
    use crate::journal::NewOperation;

    /// `portal` after a blue/green redeploy that is through, as the journal tells of it.
    async fn redeployed(old: &Group, phase: Phase) -> Journal {
        let journal = Journal::throwaway().unwrap();
        let mut own = pool("portal-a", old, true);
        own.routes = vec![route(&[("portal-a", 100), ("portal-b", 0)])];
        let mut other = pool("portal-b", old, false);
        other.routes.clone_from(&own.routes);
        let strategy = Strategy::BlueGreen(BlueGreen::default());
        let request = Request::Redeploy(RedeployRequest { group: old.id.clone(), strategy });
        let plan = plan::plan(&picture(&[old], &[own, other]), &request, &GuardRules::default(), Now::at(0)).unwrap();
        let new = NewOperation {
            started: Now::at(0).wall,
            principal: Label::new("arn:aws:iam::1:user/kim"),
            plan,
            rules: GuardRules::default(),
            way: serde_json::Value::Null,
            before: None,
            after: None,
        };
        let op = journal.begin(new).await.unwrap();
        let call = Call::CloneGroup {
            group: old.id.clone(),
            name: "portal-green".to_owned(),
            version: None,
            pool: id(Kind::Pool, "portal-b"),
            min: 2,
            max: 12,
            desired: 4,
        };
        let intent = journal.intend(&op, "clone", &call, Now::at(1).wall).await.unwrap();
        journal.answer(intent, Answer::Accepted, "", Now::at(2).wall).await.unwrap();
        journal.end(&op, phase, &Label::new("over"), None, Now::at(3).wall).await.unwrap();
        journal
    }

    fn standing() -> Group {
        Group { pools: vec![id(Kind::Pool, "portal-a")], ..group(4) }
    }

    #[tokio::test]
    async fn while_the_old_group_of_a_blue_green_redeploy_stands_the_traffic_goes_back() {
        let old = standing();
        let journal = redeployed(&old, Phase::Done).await;
        let snapshot = picture(&[&old], &[]);
        let seen = Seen { snapshot: &snapshot, now: Now::at(60) };
        let back = undo(&journal, &old.id, seen).await.unwrap();
        let from = id(Kind::Group, "portal-green");
        assert_eq!(back.request, Request::Reroute(RerouteRequest { group: old.id.clone(), from: from.clone() }));
        let Request::Retire(retire) = retire(&journal, &old.id, seen).await.unwrap().request else { panic!() };
        assert_eq!((retire.group, retire.heir), (old.id.clone(), from));
        // Once it is retired there is nothing to send traffic to.
        let gone = Snapshot::default();
        assert!(undo(&journal, &old.id, Seen { snapshot: &gone, now: Now::at(60) }).await.is_err());
    }

    #[tokio::test]
    async fn one_that_was_rolled_back_is_not_taken_back_once_more() {
        let old = standing();
        let journal = redeployed(&old, Phase::RolledBack).await;
        let snapshot = picture(&[&old], &[]);
        let why = undo(&journal, &old.id, Seen { snapshot: &snapshot, now: Now::at(60) }).await.unwrap_err();
        assert!(why.contains("was rolled back"), "{why}");
    }
}
