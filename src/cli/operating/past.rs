//! What the journal knows of the past of a thing: how its last change is taken back, and what its freeze saved. The journal is asked in
//! the background; whether the world has moved since is judged by the picture that the asker has.

use std::time::Duration;

use crate::app::Inversion;
use crate::domain::plan::{self, RetireRequest, Strategy};
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
        let Request::Redeploy(redeploy) = &stored.plan.request else { continue };
        let (Strategy::BlueGreen(_), Some(Phase::Done)) = (&redeploy.strategy, entry.phase) else { continue };
        let heir = entry.steps.iter().find_map(|s| match &s.call {
            Call::CloneGroup { name, .. } if matches!(s.answer, Some(Answer::Accepted | Answer::FoundDone)) => Some(name),
            _ => None,
        });
        let Some(heir) = heir else { continue };
        let heir = ResourceId::new(&target.scope, Kind::Group, heir);
        let request = RetireRequest { group: target.clone(), heir, redeploy: entry.id.clone() };
        return Ok(Inversion { of: described(&entry, seen.now), request: Request::Retire(request), warnings: Vec::new() });
    }
    Err(Label::new("no blue/green redeploy of it is on record here: nothing was left warm"))
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
