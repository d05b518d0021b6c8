//! From activities to changes: what happened, to whom, and who did it, read out of the cause's prose.
//!
//! Ten members launched for one decision are one change. The prose is AWS's and may be reworded at any time: where nothing is
//! recognized the activity's own description is the title.

use std::collections::BTreeMap;

use crate::domain::{Activity, Change, ChangeKind, Label, ResourceId, StatusClass, Verdict};

/// The changes a history tells of, one per decision and one per failure or single replacement.
pub(super) fn changes_of(group: &ResourceId, name: &str, activities: &[Activity]) -> Vec<Change> {
    let mut by_id: BTreeMap<String, Change> = BTreeMap::new();
    for activity in activities {
        let Some(at) = activity.started else { continue };
        let cause = parse_cause(&activity.cause);
        let failed = activity.status.class == StatusClass::Bad;
        let (id, kind, title) = match (&cause.capacity, failed) {
            (Some((from, to)), false) => {
                // All activities of one decision quote the same time and numbers.
                (
                    format!("{}/{}/{from}-{to}", group.native(), cause.at.unwrap_or(&activity.id)),
                    ChangeKind::Scale,
                    format!("{name} {from} → {to}"),
                )
            }
            (_, true) => {
                (activity.id.to_string(), ChangeKind::Scale, format!("{name}: {} {}", verb(&activity.description), outcome(activity)))
            }
            (None, false) => (activity.id.to_string(), ChangeKind::Member, format!("{name} {}", lower_first(&activity.description))),
        };
        let change = Change {
            id: Label::new(&id),
            at,
            kind,
            verdict: if failed { Verdict::Warning } else { Verdict::Ok },
            about: Some(group.clone()),
            title: Label::new(title),
            detail: detail(activity),
            who: cause.who.map(Label::new),
        };
        // The earliest of a decision is when it was made.
        by_id.entry(id).and_modify(|c| c.at = c.at.min(at)).or_insert(change);
    }
    by_id.into_values().collect()
}

/// What a cause says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Cause<'a> {
    /// The time it quotes first, as written.
    at: Option<&'a str>,
    capacity: Option<(u32, u32)>,
    who: Option<String>,
}

fn parse_cause(cause: &str) -> Cause<'_> {
    let at = cause.trim_start().strip_prefix("At ").and_then(|rest| rest.split_whitespace().next());
    // The decision ("changing the desired capacity from 2 to 3") says more than its carrying-out ("increasing the capacity from 2 to 3").
    let decided = ["desired capacity from ", "capacity from "].into_iter().find_map(|marker| {
        let (_, rest) = cause.split_once(marker)?;
        let mut words = rest.split_whitespace();
        let from = number(words.next()?)?;
        let to = (words.next()? == "to").then(|| words.next()).flatten().and_then(number)?;
        (from != to).then_some((from, to))
    });
    Cause { at, capacity: decided, who: who(cause) }
}

fn number(word: &str) -> Option<u32> {
    word.trim_end_matches(['.', ',']).parse().ok()
}

/// Who decided: a user, a policy, a schedule, a health check, a refresh, the balance of zones.
fn who(cause: &str) -> Option<String> {
    let word_after = |marker: &str| {
        let (_, rest) = cause.split_once(marker)?;
        rest.split_whitespace().next().map(|w| w.trim_end_matches(['.', ',', ':']).to_owned())
    };
    if let Some(policy) = word_after("triggered policy ") {
        return Some(format!("policy {policy}"));
    }
    if let Some(action) = word_after("scheduled action ").filter(|w| !matches!(w.as_str(), "update" | "was")) {
        return Some(format!("schedule {action}"));
    }
    [
        ("scheduled action", "a schedule"),
        ("user request", "a user"),
        ("instance refresh", "instance refresh"),
        ("health check", "health check"),
        ("health-check", "health check"),
        ("to balance instances in zones", "zone balance"),
        ("rebalance", "zone balance"),
        ("instance maintenance", "maintenance"),
        ("Spot interruption", "spot interruption"),
        ("maximum instance lifetime", "instance lifetime"),
        ("max instance lifetime", "instance lifetime"),
        ("predictive scaling", "predictive scaling"),
    ]
    .into_iter()
    .find(|(marker, _)| cause.contains(marker))
    .map(|(_, word)| word.to_owned())
}

/// `launch` of `Launching a new EC2 instance: i-1`.
fn verb(description: &str) -> &'static str {
    let first = description.split_whitespace().next().unwrap_or_default();
    match first {
        "Launching" => "launch",
        "Terminating" => "termination",
        "Attaching" => "attaching",
        "Detaching" => "detaching",
        _ => "activity",
    }
}

fn outcome(activity: &Activity) -> &'static str {
    if activity.status.word.as_str() == "Cancelled" { "cancelled" } else { "failed" }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(|| "activity".to_owned(), |c| c.to_lowercase().chain(chars).collect())
}

/// Why it failed, where it says so; else the cause.
fn detail(activity: &Activity) -> Option<Label> {
    activity.message.clone().or_else(|| Some(activity.cause.clone()).filter(|c| !c.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Kind, Now, Scope, Status};

    const STARTED: &str = "At 2026-11-20T03:00:09Z an instance was started in response to a difference between desired and actual capacity, increasing the capacity from";

    #[test]
    fn causes_are_read() {
        for (cause, capacity, by) in [
            (
                format!(
                    "At 2026-11-20T03:00:00Z a user request explicitly set group desired capacity changing the desired capacity from 8 to 10.  {STARTED} 8 to 10."
                ),
                Some((8, 10)),
                Some("a user"),
            ),
            (
                format!(
                    "At 2026-11-20T03:00:00Z a user request update of AutoScalingGroup constraints to min: 1, max: 5, desired: 3 changing the desired capacity from 1 to 3.  {STARTED} 1 to 3."
                ),
                Some((1, 3)),
                Some("a user"),
            ),
            (
                format!(
                    "At 2026-11-20T03:00:00Z a monitor alarm TargetTracking-web-AlarmHigh-1 in state ALARM triggered policy cpu-target-50 changing the desired capacity from 2 to 3.  {STARTED} 2 to 3."
                ),
                Some((2, 3)),
                Some("policy cpu-target-50"),
            ),
            (
                "At 2026-11-20T01:00:00Z the scheduled action nightly-up executed. Setting desired capacity from 0 to 20.".to_owned(),
                Some((0, 20)),
                Some("schedule nightly-up"),
            ),
            (
                "At 2026-11-20T03:00:00Z an instance was taken out of service in response to an ELB system health check failure."
                    .to_owned(),
                None,
                Some("health check"),
            ),
            (
                "At 2026-11-20T03:00:00Z an instance was taken out of service in response to an instance refresh (ID 08b9).".to_owned(),
                None,
                Some("instance refresh"),
            ),
            (format!("{STARTED} 4 to 5."), Some((4, 5)), None),
            ("something AWS never said before from x to y".to_owned(), None, None),
            (String::new(), None, None),
        ] {
            let parsed = parse_cause(&cause);
            assert_eq!(parsed.capacity, capacity, "{cause}");
            assert_eq!(parsed.who.as_deref(), by, "{cause}");
        }
    }

    fn activity(id: &str, description: &str, cause: &str, status: Status) -> Activity {
        Activity {
            id: Label::new(id),
            status,
            description: Label::new(description),
            cause: Label::new(cause),
            message: None,
            started: Some(Now::at(60).wall),
            ended: None,
            progress: None,
        }
    }

    #[test]
    fn one_decision_is_one_change_and_failures_stand_alone() {
        let scope = Scope::new("aws", "test", "eu-central-1");
        let group = ResourceId::new(&scope, Kind::Group, "worker");
        let decided = format!(
            "At 2026-11-20T03:00:00Z a user request explicitly set group desired capacity changing the desired capacity from 8 to 10.  {STARTED} 8 to 10."
        );
        let mut failed = activity("3", "Launching a new EC2 instance.  Status Reason: no capacity", &decided, Status::bad("Failed"));
        failed.message = Some(Label::new("We currently do not have sufficient t3.large capacity"));
        let list = [
            activity("1", "Launching a new EC2 instance: i-1", &decided, Status::good("Successful")),
            activity("2", "Launching a new EC2 instance: i-2", &decided, Status::moving("InProgress")),
            failed,
            activity(
                "4",
                "Terminating EC2 instance: i-9",
                "At 2026-11-20T03:00:00Z an instance was taken out of service in response to an EC2 health check.",
                Status::good("Successful"),
            ),
        ];
        let changes = changes_of(&group, "worker", &list);
        let shown: Vec<(&str, Verdict, Option<&str>)> = changes.iter().map(|c| (c.title.as_str(), c.verdict, c.who.as_deref())).collect();
        assert_eq!(
            shown,
            [
                ("worker: launch failed", Verdict::Warning, Some("a user")),
                ("worker terminating EC2 instance: i-9", Verdict::Ok, Some("health check")),
                ("worker 8 → 10", Verdict::Ok, Some("a user")),
            ]
        );
        assert!(changes[0].detail.as_ref().unwrap().contains("sufficient"));
    }
}
