//! Anything that happened: who, what, when and why. The first question at 3 a.m. is what changed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::ResourceId;
use super::label::Label;
use super::verdict::Verdict;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ChangeKind {
    Scale,
    Deploy,
    Target,
    Member,
    Alarm,
    Database,
    /// An operation of this console.
    Operation,
}

impl ChangeKind {
    /// Six cells at most, for the column.
    pub fn word(self) -> &'static str {
        match self {
            Self::Scale => "scale",
            Self::Deploy => "deploy",
            Self::Target => "target",
            Self::Member => "member",
            Self::Alarm => "alarm",
            Self::Database => "db",
            Self::Operation => "you",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Stable across reads, so that the same event is listed once.
    pub id: Label,
    pub at: Timestamp,
    pub kind: ChangeKind,
    pub verdict: Verdict,
    pub about: Option<ResourceId>,
    /// `worker 8 → 10`.
    pub title: Label,
    /// Cause, as the source words it.
    pub detail: Option<Label>,
    pub who: Option<Label>,
}
