//! Whether the group is shaped as it should be: versions, zones, automation, rollout.

use std::time::Duration;

use crate::domain::time::format_age;
use crate::domain::{Finding, Group, Now, StatusClass, Verdict};

use super::super::words;

/// Processes without which a group does not mend itself or loses members silently; the others only make it less clever.
const VITAL: [&str; 5] = ["Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy", "AddToLoadBalancer"];

/// What an operation switched off for its time is worth a look after this.
const LONG: Duration = Duration::from_mins(10);

pub fn find(group: &Group, now: Now, findings: &mut Vec<Finding>) {
    find_status(group, findings);
    find_suspended(group, now, findings);
    find_rollout(group, findings);
    find_versions(group, findings);
    find_imbalance(group, findings);
}

fn find_status(group: &Group, findings: &mut Vec<Finding>) {
    let Some(status) = &group.status else { return };
    let verdict = match status.class {
        StatusClass::Good => return,
        StatusClass::Parked | StatusClass::Moving => Verdict::Notice,
        StatusClass::Unknown => Verdict::Unknown,
        StatusClass::Bad => Verdict::Warning,
    };
    findings.push(Finding::new(verdict, &*status.word));
}

fn find_suspended(group: &Group, now: Now, findings: &mut Vec<Finding>) {
    let (vital, other): (Vec<&str>, Vec<&str>) = group.suspended.iter().map(|s| &*s.name).partition(|name| VITAL.contains(name));
    // Schedules missed and load not answered add up while an operation of ours rests.
    let mark = group.mark();
    let who = mark.as_ref().map_or_else(String::new, |m| format!(" ({})", m.in_short()));
    let long = mark.and_then(|m| m.since()).map(|at| now.age_of(at)).filter(|age| *age > LONG);
    for (verdict, names) in [(Verdict::Warning, vital), (Verdict::Notice, other)] {
        if names.is_empty() {
            continue;
        }
        let names = words::list(&names);
        findings.push(match long {
            Some(age) => {
                Finding::new(Verdict::Warning, format!("suspended for {}: {names}{who}", format_age(age))).next("o shows what holds them")
            }
            None => Finding::new(verdict, format!("suspended: {names}{who}")),
        });
    }
}

fn find_rollout(group: &Group, findings: &mut Vec<Finding>) {
    let Some(rollout) = &group.rollout else { return };
    let (verdict, what) = match rollout.status.class {
        StatusClass::Good | StatusClass::Parked => return,
        StatusClass::Moving => (Verdict::Notice, "rollout"),
        StatusClass::Unknown => (Verdict::Unknown, "rollout"),
        StatusClass::Bad => (Verdict::Warning, "rollout ended badly:"),
    };
    let percent = rollout.percent.map(|p| format!(" at {p} %")).unwrap_or_default();
    let why = rollout.reason.as_ref().filter(|r| !r.is_empty()).map(|r| format!(": {}", words::first_sentence(r))).unwrap_or_default();
    findings.push(Finding::new(verdict, format!("{what} {}{percent}{why}", rollout.status.word)));
}

fn find_versions(group: &Group, findings: &mut Vec<Finding>) {
    let versions = group.versions();
    match (versions.as_slice(), &group.version_wanted) {
        ([(only, _)], Some(wanted)) if only != wanted => {
            findings.push(Finding::new(Verdict::Notice, format!("{wanted} is wanted, {only} runs")));
        }
        ([] | [_], _) => {}
        (several, _) => {
            let shown: Vec<String> = several.iter().map(|(v, n)| format!("{v} ×{n}")).collect();
            let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
            findings.push(Finding::new(Verdict::Notice, format!("mixed versions: {}", words::list(&shown))));
        }
    }
}

/// One member more in a zone is arithmetic; two more is a zone that cannot launch, or a rebalance that is off.
fn find_imbalance(group: &Group, findings: &mut Vec<Finding>) {
    let zones = group.by_zone();
    if zones.len() < 2 || group.members.iter().any(|m| m.lifecycle.is_moving()) {
        return;
    }
    let most = zones.iter().map(|(_, n)| *n).max().unwrap_or(0);
    let least = zones.iter().map(|(_, n)| *n).min().unwrap_or(0);
    if most >= least + 2 {
        let shown: Vec<String> = zones.iter().map(|(zone, n)| format!("{n} in {zone}")).collect();
        let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
        findings.push(Finding::new(Verdict::Notice, format!("zones out of balance: {}", words::list(&shown))));
    }
}
