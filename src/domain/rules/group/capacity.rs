//! Whether there is as much as is wanted, and where not, what stands in the way. Launching is motion, not trouble, until it takes too long.

use std::time::Duration;

use crate::domain::time::format_age;
use crate::domain::{Activity, Finding, Group, Label, Member, Metric, PolicyKind, Verdict};

use super::super::{Context, words};

/// A launch that takes longer is stuck, warm-up and grace aside.
const STUCK: Duration = Duration::from_mins(10);
/// After desired moved, launches may take this long to show.
const SLOW_START: Duration = Duration::from_secs(90);
/// A failed activity is the present's business this long.
const RECENT: Duration = Duration::from_hours(1);
/// CPU at which a group is under load where no policy says what is too much.
const HIGH_CPU: f64 = 80.0;

pub fn find(group: &Group, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let failed = failed_activity(group, context);
    // Weights are units, not members: the two cannot be compared.
    let wanted = group.desired.filter(|_| !group.weighted).unwrap_or(0);
    let short = wanted.saturating_sub(group.counted());
    let launching: Vec<&Member> = group.members.iter().filter(|m| m.lifecycle.is_moving() && !m.leaving()).collect();
    if wanted > 0 && group.in_service() == 0 {
        let cause = cause_of_shortage(group, failed.as_deref())
            .or_else(|| (!launching.is_empty()).then(|| format!("{} launching", launching.len())))
            .map_or_else(String::new, |c| format!(": {c}"));
        let since = words::duration_of(context, std::iter::once(&group.id));
        findings.push(
            Finding::new(Verdict::Critical, format!("nothing in service{since}, {wanted} wanted{cause}")).next("Enter, then ACTIVITIES"),
        );
    } else if short > 0 {
        findings.push(shortage(group, short, wanted, failed.as_deref(), context));
    } else if let Some(why) = &failed {
        findings.push(Finding::new(Verdict::Warning, format!("latest activity failed: {why}")).next("Enter, then ACTIVITIES"));
    }
    find_launching(group, &launching, wanted, context, findings);
    let leaving = group.members.iter().filter(|m| m.lifecycle.is_moving() && m.leaving()).count();
    if leaving > 0 {
        findings.push(Finding::new(Verdict::Notice, format!("{leaving} leaving")));
    }
    find_at_max(group, context, findings);
}

/// Fewer than wanted, those on their way included.
fn shortage(group: &Group, short: u32, wanted: u32, failed: Option<&str>, context: &Context<'_>) -> Finding {
    let next = "Enter, then ACTIVITIES";
    if let Some(cause) = cause_of_shortage(group, failed) {
        // What does work is half or less of what somebody decided is needed, and it will not get better by itself.
        let verdict = if group.healthy() * 2 <= wanted { Verdict::Critical } else { Verdict::Warning };
        let since = words::duration_of(context, std::iter::once(&group.id));
        return Finding::new(verdict, format!("{short} short of {wanted}{since}: {cause}")).next(next);
    }
    let just_began = context.since.get(&group.id).is_some_and(|s| !s.at_least && context.now.age_of(s.at) < SLOW_START);
    if just_began || group.open_activities().next().is_some() {
        return Finding::new(Verdict::Notice, format!("{short} of {wanted} still to launch"));
    }
    let since = words::duration_of(context, std::iter::once(&group.id));
    Finding::new(Verdict::Warning, format!("{short} short of {wanted}{since}, and none is launching")).next(next)
}

fn cause_of_shortage(group: &Group, failed: Option<&str>) -> Option<String> {
    if group.is_suspended("Launch") {
        return Some("Launch is suspended".to_owned());
    }
    failed.map(|why| format!("launch failed: {why}"))
}

/// The latest finished activity, if it failed lately, in its own words. Cancelled ones were overtaken by a newer wish.
fn failed_activity(group: &Group, context: &Context<'_>) -> Option<String> {
    let latest = group.activities.iter().flatten().find(|a| !a.status.is_moving() && !is_cancelled(a))?;
    let at = latest.ended.or(latest.started)?;
    if !latest.status.is_bad() || context.now.age_of(at) > RECENT {
        return None;
    }
    let said = latest.message.as_ref().filter(|m| !m.is_empty()).unwrap_or(&latest.description);
    Some(words::first_sentence(said).to_owned())
}

fn is_cancelled(activity: &Activity) -> bool {
    activity.status.word.to_ascii_lowercase().starts_with("cancel")
}

fn find_launching(group: &Group, launching: &[&Member], wanted: u32, context: &Context<'_>, findings: &mut Vec<Finding>) {
    if launching.is_empty() {
        return;
    }
    let patience = STUCK + group.warmup.unwrap_or_default().max(group.grace.unwrap_or_default());
    let oldest_launch = group.open_activities().filter_map(|a| a.started).min();
    let age = |m: &Member| m.launched.or(oldest_launch).map(|at| context.now.age_of(at));
    let stuck: Vec<(&Member, Duration)> = launching.iter().filter_map(|m| Some((*m, age(m).filter(|a| *a > patience)?))).collect();
    if let Some(longest) = stuck.iter().map(|(_, age)| *age).max() {
        let words = words::most_frequent(stuck.iter().map(|(m, _)| m.lifecycle.word.clone())).unwrap_or_default();
        let text = format!("{} launching for {}: stuck in {words}", stuck.len(), format_age(longest));
        findings.push(Finding::new(Verdict::Warning, text).next("a lifecycle hook or the boot script may be holding it"));
    }
    let moving = launching.len() - stuck.len();
    if moving > 0 && group.in_service() > 0 {
        let of = if wanted > 0 { format!("{} of {wanted} in service, ", group.in_service()) } else { String::new() };
        findings.push(Finding::new(Verdict::Notice, format!("{of}{moving} launching")));
    }
}

/// No room left to grow, and the load asks for it.
fn find_at_max(group: &Group, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let (Some(desired), Some(max), Some(min)) = (group.desired, group.max, group.min) else { return };
    if desired < max || max <= min {
        return;
    }
    let Some(cpu) = context.latest(&group.id, Metric::Cpu) else { return };
    let limit = cpu_target(group).unwrap_or(HIGH_CPU);
    if cpu > limit {
        findings.push(Finding::new(Verdict::Notice, format!("at its maximum of {max} with cpu {cpu:.0} %")).next("s raises the maximum"));
    }
}

/// What a policy holds the CPU at, if one does.
fn cpu_target(group: &Group) -> Option<f64> {
    let is_cpu = |metric: &Label| metric.to_ascii_lowercase().contains("cpu");
    group.policies.iter().flatten().filter(|p| p.enabled).find_map(|p| match &p.kind {
        PolicyKind::TargetTracking { metric, target, .. } if is_cpu(metric) => Some(*target),
        _ => None,
    })
}
