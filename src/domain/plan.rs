//! Plans: what an operation will do, what it presumes, what it costs, how to undo it. All pure: made from a snapshot,
//! judged by guards, carried out by `operate/`.

#[cfg(test)]
pub(crate) mod fixture;
pub mod guard;
mod impact;
mod notes;
mod precondition;
pub mod scale;
mod size;
mod victims;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ids::ResourceId;
use super::label::Label;
use super::verdict::Verdict;

pub use guard::{GuardRules, Refusal, Rule};
pub use precondition::{Moved, Precondition, PreconditionField, moved};
pub use scale::{PlanError, ScaleRequest, plan_scale};
pub use size::Size;

/// Which kind of estate a context is. Unclassified is treated as production where it asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    Production,
    Staging,
    Development,
    #[default]
    Unclassified,
    /// The built-in simulated estate: nothing real can be hurt.
    Simulated,
}

impl Environment {
    pub fn word(self) -> &'static str {
        match self {
            Self::Production => "PRODUCTION",
            Self::Staging => "STAGING",
            Self::Development => "DEVELOPMENT",
            Self::Unclassified => "UNCLASSIFIED",
            Self::Simulated => "SIMULATED",
        }
    }

    /// Whether confirmations ask for the group's name.
    pub fn asks_for_name(self) -> bool {
        matches!(self, Self::Production | Self::Unclassified)
    }
}

/// One mutating call with absolute values or explicit ids, never `+k`: repeating it cannot add up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Call {
    SetDesired {
        group: ResourceId,
        desired: u32,
        honor_cooldown: bool,
    },
    /// Bounds and desired in one call, so that no moment lies between them.
    SetBounds {
        group: ResourceId,
        min: u32,
        max: u32,
        desired: u32,
    },
    /// Terminates exactly these and shrinks desired with them; never leaves the choice to a termination policy. Plans name one member a
    /// call, so that each has an intent and an answer of its own.
    TerminateMembers {
        group: ResourceId,
        members: Vec<ResourceId>,
    },
}

impl Call {
    pub fn group(&self) -> &ResourceId {
        match self {
            Self::SetDesired { group, .. } | Self::SetBounds { group, .. } | Self::TerminateMembers { group, .. } => group,
        }
    }

    /// For journals and logs: `set desired capacity 8`.
    pub fn describe(&self) -> String {
        match self {
            Self::SetDesired { desired, honor_cooldown, .. } => {
                format!("set desired capacity {desired}{}", if *honor_cooldown { ", honouring the cooldown" } else { "" })
            }
            Self::SetBounds { min, max, desired, .. } => format!("set bounds {min}–{max} and desired capacity {desired}"),
            Self::TerminateMembers { members, .. } => {
                let ids: Vec<_> = members.iter().map(ResourceId::native).collect();
                format!("terminate {} and shrink desired by {}", ids.join(", "), ids.len())
            }
        }
    }
}

/// How strongly a plan must be confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Confirmation {
    Enter,
    /// Type this name.
    TypeName(Label),
}

/// One line on the card. `Critical` refuses, `Warning` warns, `Ok` reassures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImpactNote {
    pub verdict: Verdict,
    pub text: Label,
}

/// Before → after.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impact {
    pub desired: (u32, u32),
    pub min: (u32, u32),
    pub max: (u32, u32),
    /// Zone, now, after (as balanced as the cloud keeps it). Empty for weighted groups, whose members do not add up to desired.
    pub zones: Vec<(Label, u32, u32)>,
    /// Healthy and counted members now.
    pub healthy_now: (u32, u32),
    /// Healthy and counted members once the change is through and new members are warm.
    pub healthy_after: (u32, u32),
    /// Going down: the members that will go (chosen), or likely will (by policy), with why. Where the policy leaves it open, every
    /// candidate is listed, each saying `any 1 of these 3`.
    pub victims: Vec<(ResourceId, Label)>,
    /// The victims were chosen by id.
    pub victims_chosen: bool,
    pub notes: Vec<ImpactNote>,
    /// Going up: when the new members should serve, by the group's own history and warm-up; `None` = nothing to judge by.
    pub ready_in: Option<Duration>,
}

/// A whole plan, ready for the card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub group: ResourceId,
    pub group_name: Label,
    /// `Scale portal 6 → 8`.
    pub title: Label,
    pub calls: Vec<Call>,
    pub preconditions: Vec<Precondition>,
    pub impact: Impact,
    pub confirmation: Confirmation,
    /// Desired before, to go back to.
    pub undo_to: u32,
    /// The request it was made from, so that a fresh read can make it again.
    pub request: ScaleRequest,
}
