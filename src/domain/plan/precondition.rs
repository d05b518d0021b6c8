//! What a plan presumes: fields of the group that must still hold their values when it is sent. No cloud here offers
//! compare-and-swap, so the group is read again right before the call and compared with these.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::super::group::Group;
use super::super::ids::ResourceId;
use super::super::label::Label;
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
}

impl PreconditionField {
    pub fn word(self) -> &'static str {
        match self {
            Self::Desired => "desired",
            Self::Min => "min",
            Self::Max => "max",
            Self::Victims => "members to take out",
            Self::Suspended => "suspended processes",
        }
    }
}

impl Precondition {
    /// The field's value in `group`, as a precondition. `victims` are the members chosen to go.
    pub(super) fn of(field: PreconditionField, group: &Group, victims: &[ResourceId]) -> Self {
        let number = |n: Option<u32>| n.map_or_else(|| "not known".to_owned(), |n| n.to_string());
        let value = match field {
            PreconditionField::Desired => number(group.desired),
            PreconditionField::Min => number(group.min),
            PreconditionField::Max => number(group.max),
            PreconditionField::Victims => {
                listed(victims.iter().filter(|v| group.members.iter().any(|m| m.id == **v && m.counts())).map(|v| v.native().to_owned()))
            }
            PreconditionField::Suspended => listed(group.suspended.iter().map(|s| s.name.to_string())),
        };
        Self { field, value }
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

/// Every precondition of the plan that `group`, freshly read, no longer holds.
pub fn moved(plan: &Plan, group: &Group) -> Vec<Moved> {
    let same = |p: &&Precondition| Precondition::of(p.field, group, plan.request.victims()) == **p;
    plan.preconditions
        .iter()
        .filter(|p| !same(p))
        .map(|p| Moved {
            field: p.field,
            was: Label::new(&p.value),
            is: Label::new(Precondition::of(p.field, group, plan.request.victims()).value),
        })
        .collect()
}
