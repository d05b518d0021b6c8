//! What must hold before anything is sent: we are who the permit was given to, the world is as the card said, and the guards agree.

use crate::domain::plan::guard::{judge, takes_away};
use crate::domain::plan::{GuardRules, Size, moved, moved_alarm, moved_database};
use crate::domain::{Fact, Group, MARK_TAG, Now, OperationId, Refusal};

use super::super::desk::Admitted;
use super::super::end::End;
use super::super::known::Known;
use super::super::look::within;
use super::super::procedure::Look;

/// Compares who we are now with whom the permit was granted to.
pub(super) async fn identity(admitted: &Admitted) -> Result<(), String> {
    let asked = within(admitted.permit.scope(), "asking who we are", admitted.operator.identity());
    let identity = asked.await.map_err(|e| format!("stopped: who we are cannot be checked: {e}"))?;
    if admitted.permit.covers(&identity) {
        return Ok(());
    }
    Err(format!(
        "stopped: the permit was given to {} in account {}, but calls would be made as {} in account {}; start the console again",
        admitted.permit.principal(),
        admitted.permit.account(),
        identity.principal,
        identity.account
    ))
}

/// Holds a look against plan and guards; what a human set aside is to be written down. `stale` is an operation that is over, whose mark on
/// the group means nothing.
pub(super) fn world(known: &Known, look: &Look, stale: Option<&OperationId>, now: Now) -> Result<Vec<Fact>, End> {
    let (plan, size) = (&known.plan, look.size());
    let stopped = |why: String| Err(End::refused(why).at(size));
    let moves = match (&look.database, &look.alarm) {
        (Some(database), _) => moved_database(plan, database),
        (_, Some(alarm)) => moved_alarm(plan, alarm),
        _ => moved(plan, &look.group),
    };
    if !moves.is_empty() {
        let moves: Vec<String> = moves.iter().map(ToString::to_string).collect();
        return stopped(format!("stopped: {}", moves.join(", ")));
    }
    let mut rules: GuardRules = known.rules.clone();
    rules.given.operation = Some(known.id.clone());
    // The floor weighs health behind the balancer. Going up nothing is taken away: a rescue does not wait for a balancer's API.
    if let Some(why) = look.blind.as_ref().filter(|_| rules.floor_percent.is_some() && takes_away(plan, &look.group)) {
        return stopped(format!("stopped: the capacity floor cannot be judged: {why}"));
    }
    let judgement = match (&look.database, &look.alarm) {
        (Some(database), _) => judge(plan, database, &rules, now),
        (_, Some(alarm)) => judge(plan, alarm, &rules, now),
        _ => judge(plan, &without_mark(&look.group, stale), &rules, now),
    };
    if !judgement.passes() {
        let refusals: Vec<String> = judgement.refusals.iter().map(Refusal::sentence).collect();
        return stopped(format!("refused: {}", refusals.join("; ")));
    }
    Ok(judgement.facts())
}

fn without_mark(group: &Group, stale: Option<&OperationId>) -> Group {
    let mut group = group.clone();
    if stale.is_some() && group.mark().map(|m| m.operation).as_ref() == stale {
        group.tags.retain(|(key, _)| **key != *MARK_TAG);
    }
    group
}

/// `desired 6 within 2–12`.
pub(super) fn words(size: Size) -> String {
    format!("desired {} within {}–{}", size.desired, size.min, size.max)
}
