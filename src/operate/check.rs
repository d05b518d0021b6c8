//! What must hold before a call leaves: we are who the permit was given to, the world is as the card said, and the guards agree.

use std::time::Duration;

use tokio::time::sleep;

use crate::domain::plan::guard::guard;
use crate::domain::plan::{Size, moved};
use crate::domain::{Call, GuardRules, Phase, Plan, Refusal};
use crate::providers::Operator;

use super::Admitted;
use super::Clock;
use super::end::End;
use super::look::{Seen, fetch_patiently, within};

/// How long reads may lag behind an accepted call, and the pause between looks meanwhile.
pub(super) const SETTLE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_secs(3);

/// Compares who we are now with whom the permit was granted to.
pub(super) async fn identity(admitted: &Admitted) -> Result<(), End> {
    let asked = within(admitted.permit.scope(), "asking who we are", admitted.operator.identity());
    let identity = asked.await.map_err(|e| End::refused(format!("stopped: who we are cannot be checked: {e}")))?;
    if admitted.permit.covers(&identity) {
        return Ok(());
    }
    Err(End::refused(format!(
        "stopped: the permit was given to {} in account {}, but calls would be made as {} in account {}; start the console again",
        admitted.permit.principal(),
        admitted.permit.account(),
        identity.principal,
        identity.account
    )))
}

/// Reads the group and holds it against plan and guards.
pub(super) async fn world(operator: &dyn Operator, clock: &Clock, plan: &Plan, rules: &GuardRules) -> Result<Seen, End> {
    let seen = fetch_patiently(operator, clock, &plan.target)
        .await
        .map_err(|e| End::refused(format!("stopped: the group cannot be read again: {e}")))?;
    let size = seen.size();
    let moves: Vec<String> = moved(plan, &seen.group).iter().map(ToString::to_string).collect();
    if !moves.is_empty() {
        return Err(End::refused(format!("stopped: {}", moves.join(", "))).at(size));
    }
    // The floor weighs health behind the balancer. Going up nothing is taken away: a rescue does not wait for a balancer's API.
    let takes = plan.impact.desired.1 < plan.impact.desired.0;
    if let Some(why) = seen.blind.as_ref().filter(|_| takes && rules.floor_percent.is_some()) {
        return Err(End::refused(format!("stopped: the capacity floor cannot be judged: {why}")).at(size));
    }
    let refusals: Vec<String> = guard(plan, &seen.group, rules, clock()).iter().map(Refusal::sentence).collect();
    if !refusals.is_empty() {
        return Err(End::refused(format!("refused: {}", refusals.join("; "))).at(size));
    }
    Ok(seen)
}

/// Between two calls of a plan: waits until reads show what was accepted so far, and stops if something else shows.
pub(super) async fn between(operator: &dyn Operator, clock: &Clock, plan: &Plan, step: usize, start: Size) -> Result<Seen, End> {
    let expected = start.after_all(&plan.calls[..step]);
    let before = start.after_all(&plan.calls[..step - 1]);
    let stopped = |why: String| {
        let done: Vec<String> = plan.calls[..step].iter().map(Call::describe).collect();
        End::new(Phase::Failed, format!("stopped half-way, after: {}. {why}", done.join("; ")))
    };
    let since = clock();
    loop {
        let seen = fetch_patiently(operator, clock, &plan.target).await.map_err(|e| stopped(format!("The group cannot be read: {e}")))?;
        match seen.size() {
            Some(size) if size == expected => return Ok(seen),
            Some(size) if size == before && clock().since(since) < SETTLE => sleep(PAUSE).await,
            size => {
                let is = size.map_or_else(|| "not known".to_owned(), words);
                return Err(stopped(format!("The group should be at {}, but is at {is}", words(expected))).at(size));
            }
        }
    }
}

/// `desired 6 within 2–12`.
pub(super) fn words(size: Size) -> String {
    format!("desired {} within {}–{}", size.desired, size.min, size.max)
}
