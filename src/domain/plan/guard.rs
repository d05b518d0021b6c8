//! Guards: pure rules that refuse a plan, and say which rule, from where, and what would be allowed.
//! The floor judges what a plan takes away, never what it adds: a rescue is not refused because the group is already down.

mod bounds;
mod calls;
mod confirm;
mod deny;
mod floor;
mod harm;
mod mark;
mod owner;
pub mod pattern;
mod reach;
mod refusal;
mod rule;
mod rules;
mod step;
mod subject;
mod taken;
mod ticket;
mod victims;
mod weighted;
mod window;

use super::super::group::Group;
use super::super::time::Now;
use super::{Plan, Size};

pub use confirm::confirm;
pub use deny::Deny;
pub use floor::{floor_during, guard_call};
pub use harm::NEVER_SUSPENDED;
pub use owner::undoer;
pub use reach::Reach;
pub use refusal::{Given, Judgement, Overridden, Override, Refusal};
pub use rule::Rule;
pub use rules::{GuardRules, OnOwner, Owners};
pub use step::largest_step;
pub use subject::Subject;
pub use taken::takes_away;
pub use ticket::{TicketRule, asked_ticket};
pub use window::{Blackout, ChangeWindow, Days, Minute};

use bounds::{bounds, numbers, resizes};
use taken::Taken;

/// The refusals of [`judge`]. Empty = may go on.
pub fn guard<'a>(plan: &Plan, subject: impl Into<Subject<'a>>, rules: &GuardRules, now: Now) -> Vec<Refusal> {
    judge(plan, subject, rules, now).refusals
}

/// Judges a plan against the thing it changes, as that is now, and against the time.
///
/// Everything is judged by the calls that would be sent, not by what the card says of them. What a human set aside, and the config lets
/// him, is told apart.
pub fn judge<'a>(plan: &Plan, subject: impl Into<Subject<'a>>, rules: &GuardRules, now: Now) -> Judgement {
    let subject = subject.into();
    let mut all: Vec<Refusal> = Vec::new();
    all.extend(calls::kind(plan, subject));
    if let Some(group) = subject.group() {
        all.extend(owner::owner(&plan.request, group, rules));
        all.extend(mark::mark(&plan.request, group, rules));
    }
    all.extend(deny::deny(&plan.request, subject, rules));
    all.extend(window::windows(&plan.request, subject, rules, now));
    all.extend(ticket::ticket(&plan.request, subject, rules));
    all.extend(numbers(&plan.request));
    match subject {
        Subject::Group(group) => members(plan, group, rules, &mut all),
        Subject::Alarm(alarm) => all.extend(harm::alarm(plan, alarm, now)),
        Subject::Database(_) => {}
    }
    settle(all, rules)
}

/// Rules about the group's size and members.
fn members(plan: &Plan, group: &Group, rules: &GuardRules, all: &mut Vec<Refusal>) {
    all.extend(harm::processes(plan));
    let before = Size::of(group);
    let taken = Taken::of(plan, group, before);
    if before.is_none() && (plan.calls.iter().any(resizes) || taken.shrink + taken.any + taken.exchanged > 0) {
        all.push(Refusal::built_in(Rule::Bounds, "bounds and desired capacity are not known", None));
        return;
    }
    all.extend(before.and_then(|before| bounds(plan, before)));
    all.extend(victims::victims(plan, group, before));
    all.extend(weighted::weighted(&plan.request, &taken, group, rules));
    if !taken.is_nothing() {
        all.extend(step::max_step(&plan.request, &taken, group, before, rules));
        all.extend(floor::capacity_floor(&plan.request, &taken, group, before, rules));
    }
}

/// Tells what a human set aside from what stays.
fn settle(all: Vec<Refusal>, rules: &GuardRules) -> Judgement {
    let mut judgement = Judgement::default();
    for mut refusal in all {
        refusal.overridable = rules.allows_override(refusal.rule);
        if let Some(word) = rules.overridden(refusal.rule) {
            judgement.overridden.push(Overridden { refusal, reason: word.reason.clone() });
            continue;
        }
        if rules.given.overrides.iter().any(|o| o.rule == refusal.rule) {
            let why = if refusal.overridable {
                "an override needs a reason".to_owned()
            } else if refusal.rule.may_be_overridden() {
                format!("allow_override does not name it, {}", rules.allow_override_source)
            } else {
                "no override counts against this rule".to_owned()
            };
            refusal.text = super::super::label::Label::new(format!("{}; {why}", refusal.text));
        }
        judgement.refusals.push(refusal);
    }
    judgement
}

#[cfg(test)]
mod tests;
