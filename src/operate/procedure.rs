//! What an operation does next: a pure decision from what is known of its past and one fresh look at the world. The driver writes facts
//! down, makes calls and waits; a procedure never does any of it, so it can be asked again after a crash and says the same.

mod aims;
mod freeze;
mod members;
mod scale;
mod steps;
mod thaw;

use std::collections::BTreeSet;
use std::time::Duration;

use crate::domain::plan::Size;
use crate::domain::{Alarm, Call, Database, Fact, Group, Label, Now, Phase, Plan, Request, ResourceId, Route, TargetPool};
use crate::providers::ProviderError;

use super::known::Known;
use super::strategy;

use steps::Steps;

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
    /// Of an operation on a database or an alarm, whose `group` is empty.
    pub database: Option<Database>,
    pub alarm: Option<Alarm>,
    /// The thing is not there any more; its `group` is empty.
    pub gone: bool,
}

impl Look {
    /// Of a group and its pools, whose targets its members carry already.
    pub fn new(at: Now, group: Group, pools: Vec<TargetPool>) -> Self {
        Self {
            at,
            group,
            pools,
            blind: None,
            alarms: Some(Vec::new()),
            errors_percent: None,
            twin: None,
            twin_pools: Vec::new(),
            database: None,
            alarm: None,
            gone: false,
        }
    }

    pub fn size(&self) -> Option<Size> {
        Size::of(&self.group)
    }

    /// Activity ids it lists.
    pub fn activities(&self) -> BTreeSet<Label> {
        self.group.activities.iter().flatten().map(|a| a.id.clone()).collect()
    }

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
    /// What the journal remarks, where the words change as time passes.
    pub remark: Option<String>,
}

impl Waiting {
    /// With the usual pace, and no more said than this.
    pub fn new(phase: Phase, words: impl Into<String>) -> Self {
        Self { phase, words: words.into(), progress: None, slots: 0, pace: Duration::from_secs(3), left: None, remark: None }
    }
}

/// How it ends, apart from what the driver still gives back.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ending {
    pub phase: Phase,
    pub words: String,
    /// Reached and wanted; `None`: as last said.
    pub progress: Option<(u32, u32)>,
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
        Self::End(Ending { phase, words: words.into(), progress: None })
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

    /// Leaves a mark on the group for consoles elsewhere while it works, and watches for new trouble. For work that takes long; the rest is
    /// over before anybody could step in.
    fn marks(&self) -> bool {
        false
    }

    /// Makes a call again of which reading shows that it was not carried out, though it may still be on its way. Where it is not, a human
    /// decides.
    fn insists(&self) -> bool {
        self.marks()
    }

    /// The cloud refused a call, and nothing of it was carried out. Resuming after a pause tries it again.
    fn refused(&self, known: &Known, step: &str, error: &ProviderError) -> Next {
        let _ = (known, step);
        if self.marks() { Next::pause(error.of_call()) } else { Next::end(Phase::Failed, error.of_call()) }
    }

    /// The second group to read along with the target.
    fn twin(&self, known: &Known) -> Option<ResourceId> {
        known.twin()
    }

    /// It makes no more calls: a newer operation may take over.
    fn only_looks_on(&self, known: &Known) -> bool {
        let _ = known;
        false
    }

    /// That the target is not there any more is no failure.
    fn may_vanish(&self) -> bool {
        false
    }
}

/// The way to carry a plan out.
pub(super) fn procedure_of(plan: &Plan) -> Box<dyn Procedure> {
    match &plan.request {
        Request::Scale(_) => Box::new(Steps::new(scale::Sized::default())),
        Request::Redeploy(request) => strategy::procedure(request),
        Request::Freeze(request) => Box::new(freeze::Freeze::new(request.clone())),
        Request::Thaw(request) => Box::new(thaw::Thaw::new(request.clone())),
        Request::Processes(request) => Box::new(Steps::new(aims::Processes(request.clone()))),
        Request::Member(request) => Box::new(Steps::new(members::Members(request.clone()))),
        Request::Refresh(request) => Box::new(Steps::new(aims::Refreshed(request.act))),
        Request::Database(request) => Box::new(Steps::new(aims::Available(request.act.clone()))),
        Request::Mute(request) => Box::new(Steps::new(aims::Muted(request.clone()))),
        Request::Retire(_) => Box::new(Steps::new(aims::Retired)),
        Request::Reroute(_) => Box::new(Steps::new(aims::Rerouted)),
    }
}
