//! What an operation does next: a pure decision from what is known of its past and one fresh look at the world. The driver writes facts
//! down, makes calls and waits; a procedure never does any of it, so it can be asked again after a crash and says the same.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::domain::{Alarm, Call, Fact, Group, Label, Now, Phase, ResourceId, Route, TargetPool};
use crate::providers::ProviderError;

use super::known::Known;

/// The world at one moment, as far as the operation is concerned.
#[derive(Clone, Debug)]
pub(super) struct Look {
    /// When the read began: nothing in it is older.
    pub at: Now,
    /// Its members carry the targets of all pools that could be read.
    pub group: Group,
    pub pools: Vec<TargetPool>,
    /// Why pools could not be read.
    pub blind: Option<ProviderError>,
    /// Alarms about the group and its pools; empty where there are none, `None` where they could not be read.
    pub alarms: Option<Vec<Alarm>>,
    /// Percent of requests that its pools answer 5xx; `None`: not known.
    pub errors_percent: Option<f64>,
    /// The other group of a blue/green redeploy, once it is there.
    pub twin: Option<Group>,
    pub twin_pools: Vec<TargetPool>,
}

impl Look {
    /// Pools of the group whose targets are not known.
    pub fn unread(&self) -> BTreeSet<&ResourceId> {
        let known = |id: &ResourceId| self.pools.iter().any(|p| p.id == *id && p.targets.is_some());
        self.group.pools.iter().filter(|id| !known(id)).collect()
    }

    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        self.pools.iter().flat_map(|p| &p.routes)
    }
}

/// What the screen says while nothing is sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Waiting {
    pub phase: Phase,
    /// The step it is on and why it waits.
    pub words: String,
    /// Reached and wanted.
    pub progress: Option<(u32, u32)>,
    /// Slots in all; their states are facts.
    pub slots: u32,
    /// Until the next look.
    pub pace: Duration,
    /// What is still to come, by what was seen so far.
    pub left: Option<Duration>,
}

/// How it ends, apart from what the driver still gives back.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ending {
    pub phase: Phase,
    pub words: String,
}

/// The next move.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Next {
    /// Write this down, then ask again.
    Note(Fact),
    /// Make this call, once; the name tells it from all others of the operation. Then ask again.
    Call {
        step: String,
        call: Call,
    },
    /// Nothing to do before the next look.
    Wait(Waiting),
    /// Stop making calls, by its own judgement, until a human decides: what it saw.
    Pause {
        why: String,
    },
    End(Ending),
}

impl Next {
    pub fn call(step: impl Into<String>, call: Call) -> Self {
        Self::Call { step: step.into(), call }
    }

    pub fn end(phase: Phase, words: impl Into<String>) -> Self {
        Self::End(Ending { phase, words: words.into() })
    }

    pub fn pause(why: impl Into<String>) -> Self {
        Self::Pause { why: why.into() }
    }
}

/// A way to carry out a kind of request.
pub(super) trait Procedure: Send + Sync {
    /// Processes of the group's automation that must be off while it works. The driver borrows them: suspends those that are not off
    /// already, writes down which, and gives exactly these back at every end and in every long pause.
    fn borrows(&self, known: &Known, look: &Look) -> Vec<Label> {
        let _ = (known, look);
        Vec::new()
    }

    /// Processes of the group that must be off *while the operation is paused*, because the cloud would go on by itself: borrowed when a pause
    /// begins, however long it lasts, and given back when it goes on or ends.
    fn halts(&self, known: &Known, look: &Look) -> Vec<Label> {
        let _ = (known, look);
        Vec::new()
    }

    /// On the way to the goal.
    fn forward(&self, known: &Known, look: &Look, now: Now) -> Next;

    /// On the way back to what was before. Asked only while [`Known::is_past_return`] is false.
    fn backward(&self, known: &Known, look: &Look, now: Now) -> Next {
        let _ = (known, look, now);
        Next::end(Phase::Held, "this kind of operation cannot be rolled back by itself; undo it instead")
    }

    /// Leaves a mark on the group for consoles elsewhere while it works.
    fn marks(&self) -> bool {
        false
    }
}
