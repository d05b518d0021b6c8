//! Plans: what an operation will do, what it presumes, what it costs, how to undo it. All pure: made from a snapshot,
//! judged by guards, carried out by `operate/`.

pub mod bulk;
pub mod call;
mod database;
#[cfg(test)]
pub(crate) mod fixture;
pub mod freeze;
pub mod guard;
mod impact;
pub mod make;
mod member;
pub mod missed;
mod mute;
mod notes;
mod outlook;
mod pace;
mod precondition;
pub mod processes;
pub mod redeploy;
pub mod refresh;
pub mod request;
mod reroute;
mod retire;
mod rollout;
pub mod scale;
mod setting;
mod size;
mod undo;
mod victims;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ids::ResourceId;
use super::label::Label;
use super::verdict::Verdict;

pub use bulk::{Bulk, bulk};
pub use call::{Call, Registration, Repeat};
pub use database::snapshot_name;
pub use freeze::{FREEZES, pinned};
pub use guard::{Given, GuardRules, Judgement, Override, Refusal, Rule, Subject, judge};
pub use make::plan;
pub use precondition::{Moved, Precondition, PreconditionField, moved, moved_alarm, moved_database};
pub use processes::PROCESSES;
pub use redeploy::{StrategyChoice, explain, explain_strategy, fit};
pub use refresh::{Leftover, RefreshPreferences};
pub use request::{
    BlueGreen, DatabaseAct, DatabaseRequest, FreezeRequest, MemberAct, MemberRequest, MuteRequest, ProcessRequest, RedeployRequest,
    RefreshAct, RefreshRequest, Request, RerouteRequest, RetireRequest, Saved, Strategy, ThawRequest,
};
pub use scale::{PlanError, ScaleRequest, plan_scale};
pub use size::Size;
pub use undo::undo;

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
    /// Least healthy and counted members at any moment on the way, by what is planned; `None`: not known.
    #[serde(default)]
    pub healthy_least: Option<(u32, u32)>,
    /// From the first call to the goal, by the group's own history; `None`: nothing to judge by.
    #[serde(default)]
    pub takes: Option<Duration>,
    /// What the group's schedules do next: of account where they are switched off meanwhile.
    #[serde(default)]
    pub due: Vec<missed::Due>,
    /// Members that are replaced one by one: 0 where none are.
    #[serde(default)]
    pub slots: u32,
    /// What the balancer has to spare: `portal-tg: 6 of 6 healthy, 14/s each now, 17/s with 5`.
    #[serde(default)]
    pub spare: Option<Label>,
    /// Who deployed last, what and when, as far as the picture tells.
    #[serde(default)]
    pub last_deploy: Option<Label>,
    /// What else moves: what, now, after (`suspended`, `none`, `Launch, Terminate`).
    #[serde(default)]
    pub changes: Vec<(Label, Label, Label)>,
    /// Going up: when the new members should serve, by the group's own history and warm-up; `None` = nothing to judge by.
    pub ready_in: Option<Duration>,
}

/// How to take a change back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Inverse {
    /// By asking for this; what it needs to know is in it.
    Request(Box<Request>),
    /// By the operation itself, up to its point of no return; what that is, in words.
    RollBack { until: Label },
    /// By asking for what only its record will know; what that is, in words. See [`undo()`].
    Recorded(Label),
    /// Not at all, and why.
    None(Label),
}

/// A whole plan, ready for the card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The group, database or alarm that changes.
    pub target: ResourceId,
    pub name: Label,
    /// `Scale portal 6 → 8`.
    pub title: Label,
    /// All calls in order, where they are known beforehand; a strategy decides its calls as it goes and has none here.
    pub calls: Vec<Call>,
    pub preconditions: Vec<Precondition>,
    pub impact: Impact,
    pub confirmation: Confirmation,
    pub inverse: Inverse,
    /// The request it was made from, so that a fresh read can make it again.
    pub request: Request,
}
