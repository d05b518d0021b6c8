//! A native refresh that is under way: ending it half-way, or sending it back.

use super::super::label::Label;
use super::super::verdict::Verdict;
use super::impact::still;
use super::notes::note;
use super::precondition::PreconditionField;
use super::request::{RefreshAct, RefreshRequest};
use super::scale::PlanError;
use super::setting::{Setting, presume};
use super::{Call, Inverse, Plan, Request, pace};

pub(super) fn plan(s: Setting<'_>, request: &RefreshRequest) -> Result<Plan, PlanError> {
    let (group, size) = s.sized(&request.group)?;
    let name = &group.name;
    let rollout = group
        .rollout
        .as_ref()
        .filter(|r| r.status.is_moving())
        .ok_or_else(|| PlanError::NotPossible(format!("no instance refresh of {name} is under way")))?;
    let word = rollout.status.word.to_ascii_lowercase();
    if word.starts_with("cancel") || word.starts_with("rollback") {
        return Err(PlanError::NotPossible(format!("the instance refresh of {name} is on its way out already ({})", rollout.status.word)));
    }
    let mut impact = still(group, size, size);
    let mut notes = Vec::new();
    let versions =
        |group: &super::super::group::Group| group.versions().iter().map(|(v, n)| format!("{v} ×{n}")).collect::<Vec<_>>().join(", ");
    let at = rollout.percent.map_or_else(String::new, |p| format!(" at {p} %"));
    let (call, verb, why) = match request.act {
        RefreshAct::Cancel => {
            notes.push(note(Verdict::Warning, format!("cancelling undoes nothing: the group stays mixed ({})", versions(group))));
            notes.push(note(Verdict::Notice, "members on their way in or out finish first"));
            impact.changes.push((
                Label::new("instance refresh"),
                Label::new(format!("{}{at}", rollout.status.word)),
                Label::new("Cancelled"),
            ));
            let why = "a cancelled refresh is not taken up again; start a new one, which may skip those that match";
            (Call::CancelRefresh { group: group.id.clone() }, "Cancel", why)
        }
        RefreshAct::RollBack => {
            if rollout.version.is_none() {
                notes.push(note(Verdict::Warning, "it names no version to go to: the cloud refuses to roll such a refresh back"));
            }
            notes.push(note(Verdict::Warning, "members replaced so far are replaced once more; its percentage runs back to 0"));
            impact.changes.push((
                Label::new("instance refresh"),
                Label::new(format!("{}{at}", rollout.status.word)),
                Label::new("RollbackSuccessful, at the end"),
            ));
            let new = rollout.left.map_or(0, |left| group.counted().saturating_sub(left));
            impact.slots = new;
            impact.takes = if new > 0 { pace::rounds(new, pace::launch(group), pace::drain(s.snapshot, group)) } else { None };
            let why = "a roll-back cannot be turned round; redeploy once it is through";
            (Call::RollBackRefresh { group: group.id.clone() }, "Roll back", why)
        }
    };
    if group.is_suspended("InstanceRefresh") {
        notes.push(note(Verdict::Warning, "InstanceRefresh is suspended: it stands still until that is resumed"));
    }
    Ok(Plan {
        target: group.id.clone(),
        name: name.clone(),
        title: Label::new(format!("{verb} the instance refresh of {name}")),
        calls: vec![call],
        preconditions: presume(&[PreconditionField::Rollout], group, &[]),
        impact: s.finish(impact, group, "", notes),
        confirmation: s.confirmation(name, false),
        inverse: Inverse::None(Label::new(why)),
        request: Request::Refresh(request.clone()),
    })
}

#[cfg(test)]
mod tests;
