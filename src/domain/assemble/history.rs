//! What changed, from all who tell: newest first, each event once, bounded.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{Activity, Alarm, AlarmState, Change, ChangeKind, Label, ResourceId, StatusClass, Verdict};

use super::MAX_CHANGES;
use super::facts::Facts;

/// A decision and the activity it led to are this close.
const SAME_EVENT: Duration = Duration::from_mins(2);

/// Changes that providers told of, and those that activities and alarms amount to.
pub(super) fn merge(facts: &Facts<'_>, alarms: &[Alarm]) -> Vec<Arc<Change>> {
    let mut changes: Vec<Arc<Change>> = facts.changes.iter().map(|c| Arc::new((*c).clone())).collect();
    let mut told: HashMap<(&Label, Option<&ResourceId>), Vec<Timestamp>> = HashMap::new();
    for change in &facts.changes {
        told.entry((&change.title, change.about.as_ref())).or_default().push(change.at);
    }
    let is_told = |c: &Change| {
        told.get(&(&c.title, c.about.as_ref()))
            .is_some_and(|times| times.iter().any(|t| t.duration_since(c.at).unsigned_abs() <= SAME_EVENT))
    };
    for (group, activities) in &facts.activities {
        let name = facts.groups.binary_search_by(|g| g.id.cmp(group)).ok().map(|n| &facts.groups[n].name);
        let derived = of_activities(group, name, activities).into_iter();
        changes.extend(derived.filter(|c| !is_told(c)).map(Arc::new));
    }
    changes.extend(alarms.iter().filter_map(of_alarm).map(Arc::new));
    newest(changes)
}

/// The merged changes with those we saw ourselves.
pub(super) fn with_flips(mut changes: Vec<Arc<Change>>, flips: &[Arc<Change>]) -> Vec<Arc<Change>> {
    if flips.is_empty() {
        return changes;
    }
    changes.extend(flips.iter().cloned());
    newest(changes)
}

/// Newest first; ties by id, so that the same events always stand in the same order. The first of an id is kept: what a provider says
/// itself comes before what we derive.
fn newest(mut changes: Vec<Arc<Change>>) -> Vec<Arc<Change>> {
    let mut seen: HashSet<Label> = HashSet::with_capacity(changes.len());
    changes.retain(|c| seen.insert(c.id.clone()));
    changes.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.id.cmp(&b.id)));
    changes.truncate(MAX_CHANGES);
    changes
}

/// Activities as changes. One decision launches many members, each with an activity of its own: those of one cause are one line.
fn of_activities(group: &ResourceId, name: Option<&Label>, activities: &[Activity]) -> Vec<Change> {
    let name = name.cloned().unwrap_or_else(|| Label::new(group.native()));
    let mut decisions: BTreeMap<(&Label, StatusClass), Vec<&Activity>> = BTreeMap::new();
    for activity in activities.iter().filter(|a| a.started.is_some()) {
        decisions.entry((&activity.cause, activity.status.class)).or_default().push(activity);
    }
    decisions.into_values().filter_map(|same| of_decision(group, &name, &same)).collect()
}

fn of_decision(group: &ResourceId, name: &Label, activities: &[&Activity]) -> Option<Change> {
    // The first one gives the id and the time: they stay while more follow.
    let first = activities.iter().min_by(|a, b| (a.started, &a.id).cmp(&(b.started, &b.id)))?;
    let title = match (capacity_step(&first.cause), activities.len()) {
        (Some((from, to)), _) if !first.status.is_bad() => format!("{name} {from} → {to}"),
        (_, 1) => format!("{name}: {}", first.description),
        // `Launching a new EC2 instance: i-0f3a` names one of them.
        (_, n) => format!("{name}: {} ×{n}", first.description.split(": ").next().unwrap_or_default()),
    };
    let said = first.message.clone().filter(|m| !m.is_empty()).unwrap_or_else(|| first.cause.clone());
    Some(Change {
        id: first.id.clone(),
        at: first.started?,
        kind: ChangeKind::Scale,
        verdict: if first.status.is_bad() { Verdict::Warning } else { Verdict::Ok },
        about: Some(group.clone()),
        title: Label::new(title),
        detail: Some(said).filter(|d| !d.is_empty()),
        who: None,
    })
}

/// The decision behind a cause that words it as `… desired capacity from 6 to 8 …`.
fn capacity_step(cause: &str) -> Option<(u32, u32)> {
    let (_, rest) = cause.split_once("desired capacity from ")?;
    let mut words = rest.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty());
    let from = words.next()?.parse().ok()?;
    let to = (words.next()? == "to").then(|| words.next())??.parse().ok()?;
    Some((from, to))
}

fn of_alarm(alarm: &Alarm) -> Option<Change> {
    let at = alarm.since?;
    let (verdict, word) = match &alarm.state {
        AlarmState::Ok => (Verdict::Ok, "ok"),
        AlarmState::Firing if alarm.drives_scaling => (Verdict::Notice, "firing"),
        AlarmState::Firing => (Verdict::Warning, "firing"),
        AlarmState::NoData => (Verdict::Unknown, "no data"),
        AlarmState::Other(word) => (Verdict::Unknown, &**word),
    };
    let why = alarm.condition.as_ref().or(Some(&alarm.reason)).filter(|w| !w.is_empty());
    Some(Change {
        id: Label::new(format!("alarm {} {at}", alarm.id.native())),
        at,
        kind: ChangeKind::Alarm,
        verdict,
        about: Some(alarm.about.clone().unwrap_or_else(|| alarm.id.clone())),
        title: Label::new(format!("{} {word}", alarm.name)),
        detail: why.cloned(),
        who: None,
    })
}
