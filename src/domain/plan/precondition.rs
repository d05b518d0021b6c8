//! What a plan presumes: fields of the thing that must still hold their values when it is sent. No cloud here offers
//! compare-and-swap, so it is read again right before the call and compared with these.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::super::alarm::Alarm;
use super::super::database::Database;
use super::super::group::Group;
use super::super::ids::ResourceId;
use super::super::label::Label;
use super::super::member::Member;
use super::Plan;

/// A field that must still hold its value when the plan is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Precondition {
    pub field: PreconditionField,
    pub value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PreconditionField {
    Desired,
    Min,
    Max,
    /// Sorted ids of the members to be taken out that are still there.
    Victims,
    Suspended,
    /// Version that new members launch with.
    Version,
    /// The rollout under way, by its id.
    Rollout,
    /// Lifecycle of the members named by the request.
    Lifecycle,
    /// Those of them that are protected from scale-in.
    Protection,
    /// Pools the group registers its members in.
    Pools,
    /// Pools in which each of the named members stands.
    Targets,
    /// Status and role of a database.
    Database,
    /// Whether an alarm drives scaling, and the rules that mute it.
    Alarm,
}

impl PreconditionField {
    pub fn word(self) -> &'static str {
        match self {
            Self::Desired => "desired",
            Self::Min => "min",
            Self::Max => "max",
            Self::Victims => "members to take out",
            Self::Suspended => "suspended processes",
            Self::Version => "wanted version",
            Self::Rollout => "rollout under way",
            Self::Lifecycle => "lifecycle of the members",
            Self::Protection => "protected members",
            Self::Pools => "pools of the group",
            Self::Targets => "registrations of the members",
            Self::Database => "database",
            Self::Alarm => "alarm",
        }
    }
}

impl Precondition {
    /// The field's value in `group`, as a precondition. `named` are the members that the request names.
    pub(super) fn of(field: PreconditionField, group: &Group, named: &[ResourceId]) -> Self {
        let number = |n: Option<u32>| n.map_or_else(|| "not known".to_owned(), |n| n.to_string());
        let here = || group.members.iter().filter(|m| named.contains(&m.id));
        let of_each = |word: &dyn Fn(&Member) -> String| listed(here().map(|m| format!("{}:{}", m.id.native(), word(m))));
        let value = match field {
            PreconditionField::Desired => number(group.desired),
            PreconditionField::Min => number(group.min),
            PreconditionField::Max => number(group.max),
            PreconditionField::Victims => listed(here().filter(|m| m.counts()).map(|m| m.id.native().to_owned())),
            PreconditionField::Suspended => listed(group.suspended.iter().map(|s| s.name.to_string())),
            PreconditionField::Version => group.version_wanted.as_ref().map_or_else(|| "not known".to_owned(), ToString::to_string),
            PreconditionField::Rollout => match group.rollout.as_ref().filter(|r| r.status.is_moving()) {
                Some(rollout) if rollout.id.is_empty() => "one".to_owned(),
                Some(rollout) => rollout.id.to_string(),
                None => "none".to_owned(),
            },
            PreconditionField::Lifecycle => of_each(&|m| m.lifecycle.word.to_string()),
            PreconditionField::Protection => listed(here().filter(|m| m.protected).map(|m| m.id.native().to_owned())),
            PreconditionField::Pools => listed(group.pools.iter().map(|p| p.native().to_owned())),
            PreconditionField::Targets => of_each(&|m| {
                let pools = m.targets.iter().filter(|t| &*t.state.word != "draining").map(|t| t.pool.native().to_owned());
                listed(pools)
            }),
            // Not a thing of groups: it never matches one.
            PreconditionField::Database | PreconditionField::Alarm => "not a group".to_owned(),
        };
        Self { field, value }
    }

    pub(super) fn of_database(database: &Database) -> Self {
        let value = format!("{} {}", database.status.word, database.role.word());
        Self { field: PreconditionField::Database, value }
    }

    pub(super) fn of_alarm(alarm: &Alarm) -> Self {
        let drives = if alarm.drives_scaling { "drives scaling, " } else { "" };
        let rules = listed(alarm.muted.iter().map(|(rule, until)| match until {
            Some(until) => format!("{rule} until {}", until.strftime("%Y-%m-%dT%H:%MZ")),
            None => format!("{rule} without end"),
        }));
        Self { field: PreconditionField::Alarm, value: format!("{drives}muted by {rules}") }
    }
}

fn listed(words: impl Iterator<Item = String>) -> String {
    let mut words: Vec<String> = words.collect();
    words.sort();
    words.dedup();
    if words.is_empty() { "none".to_owned() } else { words.join(" ") }
}

/// A field that moved between the card and the sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    pub field: PreconditionField,
    pub was: Label,
    pub is: Label,
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} moved {} → {} since the card", self.field.word(), self.was, self.is)
    }
}

/// Every precondition of the plan that `group`, freshly read, no longer holds. A plan that presumes where members are registered needs a
/// group whose members carry their targets.
pub fn moved(plan: &Plan, group: &Group) -> Vec<Moved> {
    differences(plan, |field| Precondition::of(field, group, plan.request.named()))
}

/// The same for a plan about a database.
pub fn moved_database(plan: &Plan, database: &Database) -> Vec<Moved> {
    differences(plan, |_| Precondition::of_database(database))
}

/// The same for a plan about an alarm.
pub fn moved_alarm(plan: &Plan, alarm: &Alarm) -> Vec<Moved> {
    differences(plan, |_| Precondition::of_alarm(alarm))
}

fn differences(plan: &Plan, is: impl Fn(PreconditionField) -> Precondition) -> Vec<Moved> {
    let pairs = plan.preconditions.iter().map(|was| (was, is(was.field)));
    pairs
        .filter(|(was, is)| *was != is)
        .map(|(was, is)| Moved { field: was.field, was: Label::new(&was.value), is: Label::new(is.value) })
        .collect()
}
