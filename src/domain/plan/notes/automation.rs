//! Notes on what acts by itself: suspended processes, policies that may take the change back, schedules about to fire.

use std::time::Duration;

use super::super::super::group::{PolicyKind, ScalingPolicy, ScheduledAction};
use super::super::super::verdict::Verdict;
use super::super::ImpactNote;
use super::{Sight, note, roughly, these};

/// A scheduled action this near is named.
const SOON: Duration = Duration::from_hours(1);

pub(super) fn add(s: &Sight<'_>, out: &mut Vec<ImpactNote>) {
    suspended(s, out);
    policies(s, out);
    schedules(s, out);
}

/// What each switched-off process breaks for this very change.
pub(super) fn suspended(s: &Sight<'_>, out: &mut Vec<ImpactNote>) {
    for p in &s.group.suspended {
        let (verdict, effect) = match &*p.name {
            "Launch" if s.up() => (Verdict::Warning, "nothing can be launched: desired would rise, but nobody would come"),
            "Launch" => (Verdict::Warning, "members replaced as unhealthy do not come back"),
            "Terminate" if s.down() => (Verdict::Warning, "nobody can be taken out by the group: desired would fall, but nobody would go"),
            "Terminate" => (Verdict::Notice, "the group takes nobody out"),
            "AddToLoadBalancer" if s.up() && !s.group.pools.is_empty() => {
                (Verdict::Warning, "new members are not registered with their balancer, not even later")
            }
            "AddToLoadBalancer" => (Verdict::Notice, "new members are not registered with a balancer"),
            "AlarmNotification" => (Verdict::Notice, "policies driven by alarms are off"),
            "ScheduledActions" => (Verdict::Notice, "schedules are skipped, not made up for later"),
            "AZRebalance" => (Verdict::Notice, "zones are not balanced by themselves"),
            "HealthCheck" => (Verdict::Notice, "unhealthy members are not noticed by the group"),
            "ReplaceUnhealthy" => (Verdict::Notice, "unhealthy members are not replaced"),
            "InstanceRefresh" => (Verdict::Notice, "an instance refresh stands still"),
            _ => (Verdict::Unknown, "what that breaks is not known here"),
        };
        let by = if p.reason.is_empty() { String::new() } else { format!(" ({})", p.reason) };
        out.push(note(verdict, format!("{} is suspended{by}: {effect}", p.name)));
    }
}

fn policies(s: &Sight<'_>, out: &mut Vec<ImpactNote>) {
    if s.step() == 0 {
        return;
    }
    let Some(policies) = &s.group.policies else {
        out.push(note(Verdict::Unknown, "scaling policies are not known: not read yet"));
        return;
    };
    // Alarms reach no policy then; the suspension has its own note.
    if s.group.is_suspended("AlarmNotification") {
        return;
    }
    let back = if s.up() { "take" } else { "add" };
    for p in policies.iter().filter(|p| p.enabled && fights(p, s.up())) {
        out.push(note(Verdict::Warning, format!("{} may {back} {} back", named(p), these(s.step()))));
    }
}

fn named(policy: &ScalingPolicy) -> String {
    match &policy.kind {
        PolicyKind::TargetTracking { metric, target, .. } => tracking(metric, *target),
        _ => format!("policy {} ({})", policy.name, policy.describe()),
    }
}

/// Policies and schedules that act, or are kept from acting, while a change goes on that does not move desired.
pub(super) fn meanwhile(s: &Sight<'_>, off: &[&str], out: &mut Vec<ImpactNote>) {
    match &s.group.policies {
        None => out.push(note(Verdict::Unknown, "scaling policies are not known: not read yet")),
        Some(_) if s.group.is_suspended("AlarmNotification") => {}
        Some(policies) => {
            for p in policies.iter().filter(|p| p.enabled) {
                out.push(if off.contains(&"AlarmNotification") {
                    note(Verdict::Notice, format!("{} is off meanwhile: load that rises is not answered", named(p)))
                } else {
                    note(Verdict::Warning, format!("{} may scale the group meanwhile", named(p)))
                });
            }
        }
    }
    let Some(schedules) = &s.group.schedules else {
        out.push(note(Verdict::Unknown, "schedules are not known: not read yet"));
        return;
    };
    if s.group.is_suspended("ScheduledActions") {
        return;
    }
    let horizon = s.impact.takes.unwrap_or_default().max(SOON);
    for (action, until) in schedules.iter().filter_map(|a| Some((a, due(a, s)?))).filter(|(_, until)| *until <= horizon) {
        let (what, when) = (sets(action), roughly(until));
        out.push(if off.contains(&"ScheduledActions") {
            note(
                Verdict::Warning,
                format!("schedule {} ({what}) is due in {when}: skipped if this still runs, not made up for later", action.name),
            )
        } else {
            note(Verdict::Warning, format!("schedule {} sets {what} in {when}, perhaps in the middle of this", action.name))
        });
    }
}

/// Until it fires; `None`: no time is known, or it is past.
fn due(action: &ScheduledAction, s: &Sight<'_>) -> Option<Duration> {
    let next = action.next.filter(|next| *next >= s.now.wall)?;
    Duration::try_from(next.duration_since(s.now.wall)).ok()
}

/// `cpu policy (target 55 %)`.
fn tracking(metric: &str, target: f64) -> String {
    let percent = if metric.contains("CPU") { " %" } else { "" };
    let word = match metric {
        m if m.starts_with("ASGAverageCPUUtilization") => "cpu",
        "ALBRequestCountPerTarget" => "requests-per-target",
        "ASGAverageNetworkIn" => "network-in",
        "ASGAverageNetworkOut" => "network-out",
        other => other,
    };
    format!("{word} policy (target {target}{percent})")
}

/// Whether the policy can move desired against a change in this direction.
fn fights(policy: &ScalingPolicy, up: bool) -> bool {
    match &policy.kind {
        PolicyKind::TargetTracking { scale_in, .. } => !up || *scale_in,
        PolicyKind::Step { adjustment } | PolicyKind::Simple { adjustment } => {
            let takes = adjustment.contains('-') || adjustment.contains('−');
            let adds = adjustment.contains('+');
            // A word we cannot read could go either way.
            (!takes && !adds) || (up && takes) || (!up && adds)
        }
        // A forecast only ever adds.
        PolicyKind::Predictive => !up,
        PolicyKind::Other(_) => true,
    }
}

fn schedules(s: &Sight<'_>, out: &mut Vec<ImpactNote>) {
    let Some(schedules) = &s.group.schedules else {
        out.push(note(Verdict::Unknown, "schedules are not known: not read yet"));
        return;
    };
    if s.group.is_suspended("ScheduledActions") {
        return;
    }
    for action in schedules.iter().filter(|a| overrules(a, s)) {
        let Some(until) = due(action, s) else { continue };
        if until <= SOON {
            out.push(note(Verdict::Warning, format!("schedule {} sets {} in {}", action.name, sets(action), roughly(until))));
        }
    }
}

/// Whether the action would end at another size than this change.
fn overrules(a: &ScheduledAction, s: &Sight<'_>) -> bool {
    a.desired.is_some_and(|d| d != s.after.desired) || a.min.is_some_and(|m| m != s.after.min) || a.max.is_some_and(|m| m != s.after.max)
}

fn sets(a: &ScheduledAction) -> String {
    let parts = [("desired", a.desired), ("min", a.min), ("max", a.max)];
    let words: Vec<String> = parts.iter().filter_map(|(w, n)| n.map(|n| format!("{w} {n}"))).collect();
    words.join(", ")
}
