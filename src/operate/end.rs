//! How an operation ends: the phase, the closing sentence, and the size last seen.

use crate::domain::plan::Size;
use crate::domain::{Label, Phase};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub phase: Phase,
    pub note: Label,
    pub reached: Option<Size>,
}

impl End {
    pub fn new(phase: Phase, note: impl AsRef<str>) -> Self {
        Self { phase, note: Label::new(note), reached: None }
    }

    /// Stopped before anything was sent.
    pub fn refused(why: impl AsRef<str>) -> Self {
        Self::new(Phase::Refused, why)
    }

    /// No longer looked after, though something was sent.
    pub fn interrupted(why: impl AsRef<str>) -> Self {
        Self::new(Phase::Interrupted, why)
    }

    #[must_use]
    pub fn at(mut self, reached: Option<Size>) -> Self {
        self.reached = reached;
        self
    }
}
