//! Guards: pure rules that refuse a plan, and say which rule, from where, and what would be allowed.
//! The floor judges what a plan takes away, never what it adds: a rescue is not refused because the group is already down.

use serde::{Deserialize, Serialize};

use super::super::group::Group;
use super::super::label::Label;
use super::{Environment, Plan};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Rule {
    /// The kind of group cannot be scaled at all.
    Kind,
    /// An AWS service or another exclusive owner.
    Owner,
    Bounds,
    MaxStep,
    CapacityFloor,
    /// A capacity that counts weights, not members.
    Weighted,
    /// A chosen victim is gone, protected, or would be replaced.
    Victims,
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

/// Judges a plan against the group as it is now. Empty = may go on.
pub fn guard(_plan: &Plan, _group: &Group, _rules: &GuardRules) -> Vec<Refusal> {
    Vec::new()
}
