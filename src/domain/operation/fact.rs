//! What an operation remembers beyond its calls: each is in the journal before anything is done on its account, and a driver that takes
//! over knows the operation by these alone.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::ids::ResourceId;
use super::super::label::Label;
use super::super::plan::{Saved, Size};
use super::slot::SlotState;
use super::{Order, Phase};

/// The world when the operation began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    pub at: Timestamp,
    pub size: Size,
    /// Members that counted: *old* is this set, not a version, for software installed at boot has none.
    pub old: Vec<ResourceId>,
    /// Those of them that serve.
    pub healthy: u32,
    pub version: Option<Label>,
    /// Processes that were off already: never ours to switch on.
    pub suspended: Vec<Label>,
    pub baseline: Baseline,
}

/// Trouble there was already: an operation is not stopped by the alarm it came with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    pub firing: BTreeSet<ResourceId>,
    pub unhealthy: BTreeSet<ResourceId>,
    /// Percent of requests answered 5xx; `None`: not known.
    pub errors_percent: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "fact")]
pub enum Fact {
    Started(Box<Start>),
    /// Processes that this operation is about to suspend; they are ours from here on.
    Borrowed {
        processes: Vec<Label>,
    },
    /// They are switched on again, as was seen by reading.
    GivenBack {
        processes: Vec<Label>,
    },
    /// A slot gets its old member.
    Victim {
        slot: u32,
        member: ResourceId,
    },
    /// A slot gets its new member.
    Newcomer {
        slot: u32,
        member: ResourceId,
    },
    Slot {
        slot: u32,
        state: SlotState,
        note: Option<Label>,
    },
    /// The traffic stands at this step of a blue/green redeploy.
    Traffic {
        percent: u8,
    },
    /// Somebody else changed the size meanwhile, and a human said to go on from there: as it was seen then.
    Resized {
        size: Size,
    },
    /// The cloud's own rollout that the group showed before this operation started one; none where it showed none.
    Preceded {
        rollout: Option<Label>,
    },
    Frozen(Box<Saved>),
    /// An order was taken, or the operation paused by itself: `by` is who, `why` what it saw.
    Ordered {
        order: Order,
        by: Label,
        why: Label,
        /// Of the order as given; `None`: its own.
        number: Option<i64>,
    },
    /// An order came that could not be obeyed; it is not looked at again.
    Unheeded {
        order: Order,
        number: i64,
        why: Label,
    },
    /// A human said to go on in spite of this trouble: from here on it is what newer trouble is compared with.
    Accepted(Box<Baseline>),
    /// A phase worth remembering over a crash.
    Phase {
        phase: Phase,
        why: Label,
    },
    /// A human allowed what a rule forbids.
    Overridden {
        rule: Label,
        reason: Label,
    },
    /// A driver took it up: who and where.
    Driver {
        by: Label,
    },
}
