//! An operation under way, as screens and scripts see it. `operate/` drives it; here are only its words.

mod fact;
mod slot;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::ResourceId;
use super::label::Label;

pub use fact::{Baseline, Fact, Start};
pub use slot::{Slot, SlotState, Span};

/// Sortable, unique per journal: `20261120-031244-7f3a`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OperationId(pub String);

impl OperationId {
    /// An id for an operation begun at `at`; `salt` tells those of one second apart.
    pub fn new(at: Timestamp, salt: u16) -> Self {
        Self(format!("{}-{salt:04x}", at.strftime("%Y%m%d-%H%M%S")))
    }
}

impl std::fmt::Display for OperationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

/// Where an operation stands. Each end says which end it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Reads the world again before anything is sent.
    Checking,
    /// The intent is on disk, the call is on its way.
    Calling,
    /// The call was accepted; waits for the goal (`3 of 5 in service and healthy`).
    Following,
    /// Makes no call until it is told to go on, by a human or because it saw trouble.
    Paused,
    /// On its way back to what was before.
    RollingBack,
    /// The goal was reached.
    Done,
    /// Everything is as it was before.
    RolledBack,
    /// Stopped before anything was changed, and why.
    Refused,
    /// The call failed; nothing was changed as far as is known.
    Failed,
    /// Given up half-way on purpose, the group left as it is, and said so; it can be taken up again.
    Held,
    /// Accepted, but the goal is not in sight: what is stuck, in words.
    Stuck,
    /// The answer was lost and could not be found out.
    Unclear,
    /// Nobody drives it any more, and no end is on record: it can be taken up again.
    Interrupted,
    /// A human said to leave it.
    Abandoned,
}

impl Phase {
    /// Nobody drives it.
    pub fn is_over(&self) -> bool {
        matches!(
            self,
            Self::Done | Self::RolledBack | Self::Refused | Self::Failed | Self::Held | Self::Unclear | Self::Interrupted | Self::Abandoned
        )
    }

    /// Nobody drives it, but somebody has to decide what becomes of it.
    pub fn is_open_end(&self) -> bool {
        matches!(self, Self::Held | Self::Interrupted)
    }

    pub fn word(&self) -> &'static str {
        match self {
            Self::Checking => "checking",
            Self::Calling => "calling",
            Self::Following => "following",
            Self::Paused => "paused",
            Self::RollingBack => "rolling back",
            Self::Done => "done",
            Self::RolledBack => "rolled back",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Held => "held",
            Self::Stuck => "stuck",
            Self::Unclear => "unclear",
            Self::Interrupted => "interrupted",
            Self::Abandoned => "abandoned",
        }
    }
}

/// What a human may tell an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Make no further call until told to go on.
    Pause,
    /// Go on: after a pause, or where another process left it.
    Resume,
    /// Stop here for now and give back what was borrowed; can be resumed.
    Hold,
    /// Back to what was before, where that is still possible.
    RollBack,
    /// Give back what was borrowed and forget about it.
    Abandon,
}

impl Order {
    pub const ALL: [Self; 5] = [Self::Pause, Self::Resume, Self::Hold, Self::RollBack, Self::Abandon];

    pub fn word(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Hold => "hold",
            Self::RollBack => "rollback",
            Self::Abandon => "abandon",
        }
    }
}

/// One operation with its progress. Sent whole at every step; the newest wins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    pub id: OperationId,
    /// The request this answers.
    pub request: u64,
    /// The group, database or alarm that changes.
    pub target: ResourceId,
    /// What is done, as [`super::plan::Request::word`] says it.
    pub word: Label,
    /// `scale portal 6 → 8`.
    pub title: Label,
    pub phase: Phase,
    /// The sentence to show now: the step it is on, why it waits.
    pub note: Label,
    pub started: Timestamp,
    pub ended: Option<Timestamp>,
    /// Reached and wanted members, for a bar.
    pub progress: Option<(u32, u32)>,
    /// Absolute capacity to go back to, for undo.
    pub undo_to: Option<u32>,
    /// Members under replacement, by number.
    pub slots: Vec<Slot>,
    /// When it should be through, by what it has seen so far.
    pub eta: Option<Timestamp>,
    /// Processes it holds suspended now.
    pub borrowed: Vec<Label>,
    /// It can no longer be rolled back.
    pub past_return: bool,
    /// What it would obey now.
    pub orders: Vec<Order>,
    /// What it did that is known to have happened, oldest first, one line each.
    #[serde(default)]
    pub done: Vec<Label>,
    /// Calls whose answer is not known: it may have happened or not.
    #[serde(default)]
    pub unknown: Vec<Label>,
    /// Where its driver runs: host and process; `None` = nobody drives it.
    pub driver: Option<Label>,
}

impl Operation {
    /// One that has not begun.
    pub fn new(id: OperationId, request: u64, target: ResourceId, word: &str, title: Label, started: Timestamp) -> Self {
        Self {
            id,
            request,
            target,
            word: Label::new(word),
            title,
            phase: Phase::Checking,
            note: Label::new("reading it again"),
            started,
            ended: None,
            progress: None,
            undo_to: None,
            slots: Vec::new(),
            eta: None,
            borrowed: Vec::new(),
            past_return: false,
            orders: Vec::new(),
            done: Vec::new(),
            unknown: Vec::new(),
            driver: None,
        }
    }
}
