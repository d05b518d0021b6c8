//! Guards: pure rules that refuse a plan, and say which rule, from where, and what would be allowed.
//! The floor judges what a plan takes away, never what it adds: a rescue is not refused because the group is already down.

use serde::{Deserialize, Serialize};

use super::super::group::Group;
use super::super::ids::ResourceId;
use super::super::label::Label;
use super::{Call, Environment, Plan, Size};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Rule {
    /// The kind of group cannot be scaled at all, or the group is being deleted.
    Kind,
    /// An AWS service or another exclusive owner.
    Owner,
    Bounds,
    MaxStep,
    CapacityFloor,
    /// A capacity that counts weights, not members.
    Weighted,
    /// A chosen victim is gone, on its way out or parked, or the choice does not fit the step.
    Victims,
}

impl Rule {
    /// The word for cards, config and `--override`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Owner => "owner",
            Self::Bounds => "bounds",
            Self::MaxStep => "max-step",
            Self::CapacityFloor => "capacity-floor",
            Self::Weighted => "weighted",
            Self::Victims => "victims",
        }
    }
}

/// What the config of a context says, with where it says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardRules {
    pub environment: Environment,
    /// Largest share of the group one step down may take, in percent (at least one member is always allowed).
    pub max_step_percent: u8,
    /// Healthy members that must remain after a step down, in percent of those healthy at the start.
    /// `None`: whatever is healthy at the start may shrink with desired, within `max_step_percent`.
    pub floor_percent: Option<u8>,
    /// `config.toml:12`, or `built-in default`.
    pub max_step_source: Label,
    pub floor_source: Label,
}

impl Default for GuardRules {
    fn default() -> Self {
        Self {
            environment: Environment::Unclassified,
            max_step_percent: 25,
            floor_percent: None,
            max_step_source: Label::new("built-in default"),
            floor_source: Label::new("built-in default"),
        }
    }
}

/// Why a plan may not go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub rule: Rule,
    /// `a step of 4 takes away 66 % of the group`.
    pub text: Label,
    /// `up to 1 at a time`.
    pub allowed: Option<Label>,
    /// Where the rule stands.
    pub source: Label,
}

impl Refusal {
    /// By a rule that no config can change.
    fn built_in(rule: Rule, text: impl AsRef<str>, allowed: Option<String>) -> Self {
        Self { rule, text: Label::new(text), allowed: allowed.map(Label::new), source: Label::new("built-in rule") }
    }

    /// One sentence for a status line or a journal.
    pub fn sentence(&self) -> String {
        let allowed = self.allowed.as_ref().map_or_else(String::new, |a| format!("; allowed: {a}"));
        format!("{} ({}, {}){allowed}", self.text, self.rule.word(), self.source)
    }
}

/// Judges a plan against the group as it is now. Empty = may go on.
///
/// Everything is judged by the calls that would be sent, not by what the card says of them.
pub fn guard(plan: &Plan, group: &Group, rules: &GuardRules) -> Vec<Refusal> {
    let mut out = Vec::new();
    out.extend(kind(group));
    out.extend(owner(group));
    let Some(before) = Size::of(group) else {
        out.push(Refusal::built_in(Rule::Bounds, "bounds and desired capacity are not known", None));
        return out;
    };
    let after = before.after_all(&plan.calls);
    out.extend(bounds(plan, before));
    out.extend(victims(plan, group, before, after));
    if after.desired < before.desired {
        out.extend(weighted(plan, group, rules));
        out.extend(max_step(before, after, rules));
        out.extend(capacity_floor(plan, group, after, rules));
    }
    out
}

fn kind(group: &Group) -> Option<Refusal> {
    if !group.kind.can_scale() {
        return Some(Refusal::built_in(Rule::Kind, format!("a {} cannot be scaled", group.kind.title()), None));
    }
    let status = group.status.as_ref().filter(|s| s.word.to_ascii_lowercase().starts_with("delet"))?;
    Some(Refusal::built_in(Rule::Kind, format!("the group is being deleted ({})", status.word), None))
}

fn owner(group: &Group) -> Option<Refusal> {
    let owner = group.owner.as_ref().filter(|o| o.exclusive)?;
    Some(Refusal::built_in(
        Rule::Owner,
        format!("only {} may change this group", owner.tool),
        Some(format!("scale it through {}", owner.tool)),
    ))
}

/// Every call must lie within the bounds of its moment: a call that the cloud would refuse half-way is not begun.
fn bounds(plan: &Plan, before: Size) -> Option<Refusal> {
    let mut size = before;
    for call in &plan.calls {
        let next = size.after(call);
        let too_many_gone = matches!(call, Call::TerminateMembers { members, .. } if members.len() as u32 > size.desired);
        if next.min > next.max {
            let text = format!("minimum {} lies above maximum {}", next.min, next.max);
            return Some(Refusal::built_in(Rule::Bounds, text, Some(format!("a minimum up to {}", next.max))));
        }
        if !next.holds() || too_many_gone {
            let text = if next.desired > next.max {
                format!("{} is above the maximum {}", next.desired, next.max)
            } else {
                format!("{} is below the minimum {}", next.desired, next.min)
            };
            return Some(Refusal::built_in(Rule::Bounds, text, Some(format!("{}–{}, or move the bounds (s)", next.min, next.max))));
        }
        size = next;
    }
    None
}

fn victims(plan: &Plan, group: &Group, before: Size, after: Size) -> Vec<Refusal> {
    let ids: Vec<&ResourceId> = plan
        .calls
        .iter()
        .filter_map(|c| match c {
            Call::TerminateMembers { members, .. } => Some(members),
            _ => None,
        })
        .flatten()
        .collect();
    if ids.is_empty() {
        return Vec::new();
    }
    let mut out = Vec::new();
    let mut distinct = ids.clone();
    distinct.sort();
    distinct.dedup();
    let wanted = plan.request.as_scale().map_or(after.desired, |r| r.desired);
    let step = before.desired.saturating_sub(wanted) as usize;
    if distinct.len() != ids.len() || ids.len() != step || after.desired != wanted {
        let text = format!("{} members are chosen, but the step down is {step}", distinct.len());
        out.push(Refusal::built_in(Rule::Victims, text, Some(format!("choose {step}, or none"))));
    }
    for id in distinct {
        let shown = Label::new(id.native());
        let problem = match group.members.iter().find(|m| m.id == *id) {
            None => format!("{shown} is no longer in the group"),
            Some(m) if !m.counts() => format!("{shown} is {} and does not count against desired", m.lifecycle.word),
            Some(_) => continue,
        };
        out.push(Refusal::built_in(Rule::Victims, problem, Some("choose members in service".to_owned())));
    }
    out
}

/// Members and units do not convert into each other: what one member takes along is not known here.
fn weighted(plan: &Plan, group: &Group, rules: &GuardRules) -> Option<Refusal> {
    let by_id = plan.calls.iter().any(|c| matches!(c, Call::TerminateMembers { .. }));
    if !group.weighted || !(by_id || rules.floor_percent.is_some()) {
        return None;
    }
    let (text, allowed) = if by_id {
        ("capacity counts units of weight: members cannot be taken out one by one", "let the termination policy choose")
    } else {
        ("capacity counts units of weight: a floor of healthy members cannot be judged", "a step up")
    };
    Some(Refusal::built_in(Rule::Weighted, text, Some(allowed.to_owned())))
}

fn max_step(before: Size, after: Size, rules: &GuardRules) -> Option<Refusal> {
    let step = before.desired - after.desired;
    let allowed = largest_step(before.desired, rules.max_step_percent);
    (step > allowed).then(|| Refusal {
        rule: Rule::MaxStep,
        text: Label::new(format!(
            "a step of {step} takes away {} % of the group, more than {} %",
            u64::from(step) * 100 / u64::from(before.desired.max(1)),
            rules.max_step_percent
        )),
        allowed: Some(Label::new(format!("up to {allowed} at a time, that is {}", before.desired - allowed))),
        source: rules.max_step_source.clone(),
    })
}

/// How many members one step down may take.
pub fn largest_step(desired: u32, percent: u8) -> u32 {
    let share = u64::from(desired) * u64::from(percent.min(100)) / 100;
    (share as u32).max(1).min(desired)
}

fn capacity_floor(plan: &Plan, group: &Group, after: Size, rules: &GuardRules) -> Option<Refusal> {
    let percent = rules.floor_percent?;
    if group.weighted {
        return None; // refused as weighted
    }
    let healthy = group.healthy();
    let floor = (u64::from(healthy) * u64::from(percent)).div_ceil(100) as u32;
    let left = healthy.saturating_sub(healthy_lost(plan, group, after));
    (left < floor).then(|| Refusal {
        rule: Rule::CapacityFloor,
        text: Label::new(format!("at worst {left} of {healthy} healthy members remain, less than the floor of {floor} ({percent} %)")),
        allowed: Some(Label::new(format!("take {} healthy at most", healthy.saturating_sub(floor)))),
        source: rules.floor_source.clone(),
    })
}

/// Healthy members that go at worst. A policy takes members its group calls unhealthy first; beyond that, nobody knows whom.
fn healthy_lost(plan: &Plan, group: &Group, after: Size) -> u32 {
    let serving = |id: &ResourceId| group.members.iter().any(|m| m.id == *id && m.serves());
    let mut by_id: Vec<&ResourceId> = Vec::new();
    for call in &plan.calls {
        if let Call::TerminateMembers { members, .. } = call {
            by_id.extend(members);
        }
    }
    if !by_id.is_empty() {
        return by_id.into_iter().filter(|id| serving(id)).count() as u32;
    }
    let surplus = group.counted().saturating_sub(after.desired);
    let first = group.members.iter().filter(|m| m.counts() && m.health.is_bad()).count() as u32;
    surplus.saturating_sub(first).min(group.healthy())
}

#[cfg(test)]
mod tests;
