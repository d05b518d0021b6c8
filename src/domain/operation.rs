//! An operation under way, as screens see it. `operate/` drives it; here are only its words.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::ResourceId;
use super::label::Label;

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
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Reads the world again before anything is sent.
    Checking,
    /// The intent is on disk, the call is on its way.
    Calling,
    /// The call was accepted; waits for the goal (`3 of 5 in service and healthy`).
    Following,
    /// The goal was reached.
    Done,
    /// Stopped before anything was changed, and why.
    Refused,
    /// The call failed; nothing was changed as far as is known.
    Failed,
    /// Accepted, but the goal is not in sight: what is stuck, in words.
    Stuck,
    /// The answer was lost and could not be found out.
    Unclear,
    /// Sent, but no longer followed: the console was left, or a newer operation of this group took over.
    Interrupted,
}

impl Phase {
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Done | Self::Refused | Self::Failed | Self::Unclear | Self::Interrupted)
    }

    pub fn word(&self) -> &'static str {
        match self {
            Self::Checking => "checking",
            Self::Calling => "calling",
            Self::Following => "following",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Stuck => "stuck",
            Self::Unclear => "unclear",
            Self::Interrupted => "interrupted",
        }
    }
}

/// One operation with its progress. Sent whole at every step; the newest wins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    pub id: OperationId,
    /// The request this answers.
    pub request: u64,
    pub group: ResourceId,
    /// `scale portal 6 → 8`.
    pub title: Label,
    pub phase: Phase,
    /// The sentence to show now.
    pub note: Label,
    pub started: Timestamp,
    pub ended: Option<Timestamp>,
    /// Reached and wanted members, for a bar.
    pub progress: Option<(u32, u32)>,
    /// Absolute capacity to go back to, for undo.
    pub undo_to: Option<u32>,
}
