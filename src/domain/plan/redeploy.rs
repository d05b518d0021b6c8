//! Redeploying a group, one strategy at a time: what each would do to *this* group, and why some cannot work here.

mod blue_green;
mod case;
mod in_place;
mod members;
mod native;
mod surge;

use super::super::ids::ResourceId;
use super::super::label::Label;
use super::super::snapshot::Snapshot;
use super::super::time::Now;
use super::impact::still;
use super::precondition::PreconditionField::{Desired, Max, Min, Pools, Rollout, Suspended, Version};
use super::request::{RedeployRequest, Strategy};
use super::scale::PlanError;
use super::setting::{Setting, presume};
use super::{Call, GuardRules, ImpactNote, Inverse, Plan, Request};

use case::Case;

/// One strategy as the form offers it for a group.
#[derive(Clone, Debug, PartialEq)]
pub struct StrategyChoice {
    /// As for `--strategy`.
    pub word: &'static str,
    /// What it would do to this group, with its numbers and traps: one paragraph.
    pub explanation: Label,
    /// The strategy with the settings it was explained with, or every reason why it cannot work here.
    pub offer: Result<Strategy, Vec<Label>>,
}

/// What a strategy makes of a case.
struct Outlook {
    /// Members that are replaced.
    slots: u32,
    /// How many at the same time.
    at_once: u32,
    /// Fewest healthy members on the way.
    least: u32,
    /// Most members on the way.
    most: u32,
    takes: Option<std::time::Duration>,
}

/// All four strategies with the settings that fit the group best, in the order in which the form shows them. Empty: the group is gone.
pub fn explain(snapshot: &Snapshot, group: &ResourceId, rules: &GuardRules, now: Now) -> Vec<StrategyChoice> {
    let setting = Setting { snapshot, rules, now };
    let Ok(case) = Case::of(setting, group) else { return impossible(setting, group) };
    fitting(&case).iter().map(|strategy| choice(&case, strategy)).collect()
}

/// All four with the settings that fit the group best, whether they can work here or not. Empty: nothing can be said of the group.
pub fn fit(snapshot: &Snapshot, group: &ResourceId, now: Now) -> Vec<Strategy> {
    // What fits does not depend on what is allowed.
    let rules = GuardRules::default();
    Case::of(Setting { snapshot, rules: &rules, now }, group).map_or_else(|_| Vec::new(), |case| fitting(&case).to_vec())
}

fn fitting(case: &Case<'_>) -> [Strategy; 4] {
    [native::defaults(case), surge::defaults(case), in_place::defaults(case), blue_green::defaults(case)]
}

/// The same for one strategy with settings of its own, for a form that is being filled in.
pub fn explain_strategy(
    snapshot: &Snapshot,
    group: &ResourceId,
    strategy: &Strategy,
    rules: &GuardRules,
    now: Now,
) -> Result<StrategyChoice, PlanError> {
    Ok(choice(&Case::of(Setting { snapshot, rules, now }, group)?, strategy))
}

/// A group that cannot be redeployed by any strategy still gets its four reasons.
fn impossible(setting: Setting<'_>, group: &ResourceId) -> Vec<StrategyChoice> {
    let Err(why) = setting.sized(group) else { return Vec::new() };
    if why == PlanError::Gone {
        return Vec::new();
    }
    let why = match why {
        PlanError::NotScalable(name) => {
            Label::new(format!("{name} is a single instance in no group: nobody would launch another in its stead"))
        }
        other => Label::new(other.to_string()),
    };
    let refused = |word| StrategyChoice { word, explanation: why.clone(), offer: Err(vec![why.clone()]) };
    Strategy::WORDS.map(refused).to_vec()
}

fn choice(case: &Case<'_>, strategy: &Strategy) -> StrategyChoice {
    let mut reasons = refusals(case, strategy);
    if let Strategy::InPlace { batch } = strategy {
        reasons.extend(in_place::below_floor(case, *batch).map(Label::new));
    }
    let explanation = Label::new(match strategy {
        Strategy::Native(preferences) => native::explanation(case, preferences),
        Strategy::SurgeAndDrain { batch } => surge::explanation(case, *batch),
        Strategy::InPlace { batch } => in_place::explanation(case, *batch),
        Strategy::BlueGreen(way) => blue_green::explanation(case, way),
    });
    StrategyChoice { word: strategy.word(), explanation, offer: if reasons.is_empty() { Ok(strategy.clone()) } else { Err(reasons) } }
}

/// Every reason why a strategy cannot work on this group as it stands.
fn refusals(case: &Case<'_>, strategy: &Strategy) -> Vec<Label> {
    let mut out = case.refusals();
    out.extend(match strategy {
        Strategy::Native(preferences) => native::refusals(case, preferences),
        Strategy::SurgeAndDrain { batch } => surge::refusals(case, *batch),
        Strategy::InPlace { batch } => in_place::refusals(case, *batch),
        Strategy::BlueGreen(way) => blue_green::refusals(case, way),
    });
    out.into_iter().map(Label::new).collect()
}

pub(super) fn plan(s: Setting<'_>, request: &RedeployRequest) -> Result<Plan, PlanError> {
    let case = Case::of(s, &request.group)?;
    let strategy = &request.strategy;
    let reasons = refusals(&case, strategy);
    if !reasons.is_empty() {
        let reasons: Vec<&str> = reasons.iter().map(|r| &**r).collect();
        return Err(PlanError::NotPossible(format!("{} cannot work on {}: {}", strategy.word(), case.group.name, reasons.join("; "))));
    }
    let (outlook, way, notes, inverse) = match strategy {
        Strategy::Native(p) => {
            (native::outlook(&case, p), "by the cloud's own refresh".to_owned(), native::notes(&case, p), native::inverse(&case, p))
        }
        Strategy::SurgeAndDrain { batch } => (
            surge::outlook(&case, *batch),
            format!("surge and drain, {batch} at a time"),
            surge::notes(&case, *batch),
            surge::inverse(&case),
        ),
        Strategy::InPlace { batch } => (
            in_place::outlook(&case, *batch),
            format!("in place, {batch} at a time"),
            in_place::notes(&case, *batch),
            in_place::inverse(&case),
        ),
        Strategy::BlueGreen(way) => {
            (blue_green::outlook(&case, way), "blue/green".to_owned(), blue_green::notes(&case, way), blue_green::inverse(way))
        }
    };
    let group = case.group;
    let calls = match strategy {
        Strategy::Native(preferences) => vec![Call::StartRefresh { group: group.id.clone(), preferences: preferences.clone() }],
        _ => Vec::new(),
    };
    Ok(Plan {
        target: group.id.clone(),
        name: group.name.clone(),
        title: Label::new(format!("Redeploy {} {}, {way}", group.name, case.journey(strategy))),
        calls,
        preconditions: presume(&[Desired, Min, Max, Suspended, Version, Rollout, Pools], group, &[]),
        impact: impact(&case, strategy, &outlook, notes),
        confirmation: s.confirmation(&group.name, false),
        inverse,
        request: Request::Redeploy(request.clone()),
    })
}

fn impact(case: &Case<'_>, strategy: &Strategy, outlook: &Outlook, notes: Vec<ImpactNote>) -> super::Impact {
    let mut impact = still(case.group, case.size, case.size);
    impact.slots = outlook.slots;
    impact.takes = outlook.takes;
    impact.healthy_least = Some((outlook.least, impact.healthy_now.1));
    // All that count are new and warm then; what was in trouble is replaced with the others.
    impact.healthy_after = (impact.healthy_now.1, impact.healthy_now.1);
    let row = |what: &str, now: String, after: String| (Label::new(what), Label::new(now), Label::new(after));
    impact.changes.push(row(
        "version",
        case.running(),
        case.wanted(strategy).map_or_else(|| "as the group says".to_owned(), |v| format!("{v} ×{}", outlook.slots)),
    ));
    if outlook.most > case.size.desired {
        impact.changes.push(row("members at most", case.size.desired.to_string(), outlook.most.to_string()));
    }
    let off = match strategy {
        Strategy::SurgeAndDrain { .. } | Strategy::InPlace { .. } => case.off(),
        // The old group must stay as large as it is: it is the way back.
        Strategy::BlueGreen(_) => case::AUTOMATION.to_vec(),
        Strategy::Native(_) => Vec::new(),
    };
    let drift = match strategy {
        Strategy::Native(p) if p.version.is_some() => "its next run may set the version back",
        Strategy::SurgeAndDrain { .. } if outlook.most > case.size.max => {
            "its next run may set the raised maximum back in the middle of this"
        }
        _ => "a redeploy moves nothing that it declares",
    };
    case.s.finish_during(impact, case.group, drift, notes, Some(&off))
}

/// For strategies that roll back by themselves until a moment they name, with what becomes of the old version after it.
fn until(case: &Case<'_>, moment: &str) -> Inverse {
    Inverse::RollBack { until: Label::new(format!("{moment}; {}", case.way_back())) }
}

#[cfg(test)]
mod tests;
