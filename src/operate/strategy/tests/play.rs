//! Plays an operation out against the small cloud: a driver without a journal, faults, meddlers and a human, all by the dice. What must hold
//! is asserted at every step.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::domain::plan::{Inverse, RedeployRequest, Request, Strategy, fixture};
use crate::domain::{Baseline, Call, Fact, GuardRules, Label, Now, OperationId, Order, Phase, ResourceId, SlotState, Start};
use crate::journal::{Answer, IntentId};
use crate::operate::known::{Known, Made, Mode};
use crate::operate::procedure::{Next, Procedure};
use crate::operate::strategy::procedure;

use super::cloud::{Cloud, Weather};

/// What happens beside the plan.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Trouble {
    /// Of a hundred calls, so many are throttled or lose their answers.
    pub calls: u64,
    /// Of a hundred looks, so many cannot see the pools.
    pub blind: u64,
    /// Somebody lowers desired at that second.
    pub scale_in: Option<u64>,
    /// An old one, and a new one, die by themselves.
    pub old_dies: Option<u64>,
    pub new_dies: Option<u64>,
    /// A human says so.
    pub roll_back: Option<u64>,
    /// A human pauses it for as long as that.
    pub pause: Option<(u64, u64)>,
}

pub(super) struct Play {
    pub cloud: Cloud,
    pub known: Known,
    procedure: Box<dyn Procedure>,
    strategy: Strategy,
    trouble: Trouble,
    /// What others took away or broke: none of it is ours.
    harm: u32,
    pub size: (u32, u32, u32),
    pub old: Vec<ResourceId>,
    pub calls: u32,
    pub looks: u32,
    pub pauses: Vec<String>,
    /// Calls that were carried out, by step.
    done: BTreeMap<String, Call>,
    terminated: BTreeSet<ResourceId>,
    pub went_back: bool,
    /// Looks come late, by the dice.
    pub late: bool,
}

pub(super) struct Outcome {
    pub phase: Phase,
    pub words: String,
    pub play: Play,
}

fn batch(strategy: &Strategy) -> u32 {
    match strategy {
        Strategy::SurgeAndDrain { batch } | Strategy::InPlace { batch } => *batch,
        _ => 0,
    }
}

impl Play {
    pub fn new(cloud: Cloud, strategy: Strategy, trouble: Trouble) -> Self {
        let group = cloud.look().group;
        let request = RedeployRequest { group: group.id.clone(), strategy: strategy.clone() };
        let mut plan = fixture::scale_to(&fixture::group(3), 4);
        plan.calls.clear();
        plan.target = group.id.clone();
        plan.inverse = Inverse::RollBack { until: Label::new("the first old member is terminated") };
        plan.request = Request::Redeploy(request.clone());
        let known = Known::new(OperationId::new(Now::at(0).wall, 7), plan, GuardRules::default());
        let procedure = procedure(&request);
        let (size, old) = ((cloud.min, cloud.max, cloud.desired), cloud.ids());
        Self {
            cloud,
            known,
            procedure,
            strategy,
            trouble,
            harm: 0,
            size,
            old,
            calls: 0,
            looks: 0,
            pauses: Vec::new(),
            done: BTreeMap::new(),
            terminated: BTreeSet::new(),
            went_back: false,
            late: false,
        }
    }

    pub fn note(&mut self, fact: Fact) {
        self.known.facts.push((Now::at(self.cloud.now).wall, fact));
    }

    fn order(&mut self, order: Order, why: &str) {
        self.note(Fact::Ordered { order, by: Label::new("test"), why: Label::new(why), number: None });
    }

    fn harm(&self) -> u32 {
        self.harm + self.cloud.took
    }

    fn begin(&mut self) {
        let look = self.cloud.look();
        self.note(Fact::Started(Box::new(Start {
            at: look.at.wall,
            size: look.size().unwrap(),
            old: self.old.clone(),
            healthy: look.group.healthy(),
            version: look.group.version_wanted.clone(),
            suspended: Vec::new(),
            baseline: Baseline::default(),
        })));
        self.cloud.suspended = self.procedure.borrows(&self.known, &look);
    }

    fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.cloud.tick();
            let now = self.cloud.now - 1_000;
            if self.trouble.scale_in == Some(now) {
                self.cloud.scale_in();
                self.harm += 1;
            }
            for (at, old) in [(self.trouble.old_dies, true), (self.trouble.new_dies, false)] {
                let dies = self.cloud.ids().into_iter().find(|id| self.old.contains(id) == old).filter(|_| at == Some(now));
                if let Some(id) = dies {
                    self.harm += 1;
                    self.cloud.end(&id);
                }
            }
            if let Weather::ZoneDark(from, to) = self.cloud.weather
                && (self.cloud.now == from || self.cloud.now == to)
            {
                self.harm += self.cloud.machines.iter().filter(|m| m.counts() && m.zone == 0).count() as u32;
            }
        }
    }

    /// To the end, whatever it takes, and what a human says when it pauses.
    pub fn run(mut self) -> Outcome {
        self.begin();
        loop {
            self.looks += 1;
            assert!(
                self.looks < 3_000 && self.known.facts.len() < 3_000,
                "no end in sight: {:?}, {:?}",
                self.known.facts.last(),
                self.pauses
            );
            let now = self.cloud.now - 1_000;
            if let Some((at, long)) = self.trouble.pause.filter(|(at, _)| now >= *at) {
                self.trouble.pause = None;
                self.order(Order::Pause, "a human says so");
                let borrowed = std::mem::take(&mut self.cloud.suspended);
                let _ = at;
                self.pass(long);
                self.cloud.suspended = borrowed;
                self.order(Order::Resume, "");
            }
            if self.trouble.roll_back.is_some_and(|at| now >= at) && !self.known.is_past_return() {
                self.trouble.roll_back = None;
                self.went_back = true;
                self.order(Order::RollBack, "a human says so");
            }
            if let Some(end) = self.turn() {
                return Outcome { phase: end.0, words: end.1, play: self };
            }
        }
    }

    fn turn(&mut self) -> Option<(Phase, String)> {
        let mut look = self.cloud.look();
        if self.cloud.roll(100) < self.trouble.blind {
            look.pools.iter_mut().for_each(|p| p.targets = None);
            look.group.members.iter_mut().for_each(|m| m.targets.clear());
        }
        let back = matches!(self.known.mode(), Mode::RollingBack { .. });
        for _ in 0..200 {
            let now = Now::at(self.cloud.now);
            let next = if back && !self.known.is_past_return() {
                self.procedure.backward(&self.known, &look, now)
            } else {
                self.procedure.forward(&self.known, &look, now)
            };
            match next {
                Next::Note(fact) => self.note(fact),
                Next::Call { step, call } => {
                    self.call(step, &call);
                    self.pass(1);
                    return None;
                }
                Next::Wait(waiting) => {
                    assert!(!waiting.words.is_empty());
                    // Looks take their time, and some come late.
                    let late = if self.late { self.cloud.roll(30) } else { 0 };
                    self.pass(waiting.pace.as_secs() + late);
                    return None;
                }
                Next::Pause { why } => return self.paused(why),
                Next::End(end) => return Some((end.phase, end.words)),
            }
        }
        panic!("goes in circles: {:?}", self.known.facts.iter().rev().take(6).collect::<Vec<_>>());
    }

    /// A human looks after a minute: goes on twice, then goes back where that is possible, else holds.
    fn paused(&mut self, why: String) -> Option<(Phase, String)> {
        assert!(why.len() > 20, "a pause says why: {why}");
        self.order(Order::Pause, &why);
        self.pass(60);
        self.pauses.push(why);
        match self.pauses.len() {
            1 | 2 => self.order(Order::Resume, ""),
            _ if self.known.is_past_return() || self.went_back => return Some((Phase::Held, self.pauses.join("; "))),
            _ => {
                self.went_back = true;
                self.order(Order::RollBack, "");
            }
        }
        None
    }

    fn call(&mut self, step: String, call: &Call) {
        assert!(!self.known.is_done(&step), "the step {step} would be made twice");
        self.calls += 1;
        let fate = self.cloud.roll(100);
        let throttled = fate < self.trouble.calls / 2;
        let lost = !throttled && fate < self.trouble.calls;
        let answer = if throttled {
            Answer::Refused
        } else {
            self.judge(&step, call);
            match self.cloud.carry_out(call) {
                Ok(()) => {
                    let before = self.done.insert(step.clone(), call.clone());
                    assert!(before.is_none(), "{step} was carried out twice");
                    self.terminated.extend(call.takes_out().iter().cloned());
                    if lost { Answer::FoundDone } else { Answer::Accepted }
                }
                Err(_) => Answer::Refused,
            }
        };
        let intent: IntentId = serde_json::from_value(serde_json::json!(self.calls)).unwrap();
        let at = Now::at(self.cloud.now).wall;
        self.known.made.insert(step, Made { intent, call: call.clone(), at, answer: Some(answer), tries: 1 });
    }

    /// What no call may do.
    fn judge(&self, step: &str, call: &Call) {
        let (_, max, desired) = self.size;
        let size = crate::domain::plan::Size { min: 0, max: u32::MAX, desired: self.cloud.desired }.after(call);
        assert!(size.desired <= desired + batch(&self.strategy), "{step} asks for {}", size.desired);
        if let Call::SetBounds { max: raised, .. } = call {
            assert!(*raised <= max.max(desired + batch(&self.strategy)), "{step} raises the maximum to {raised}");
        }
        let leaving: BTreeSet<&ResourceId> = match call {
            Call::Deregister { targets, .. } => targets.iter().map(|t| &t.member).collect(),
            _ => call.takes_out().iter().collect(),
        };
        for id in &leaving {
            assert!(!self.terminated.contains(*id), "{step} takes {} out twice", id.native());
            let vanished = self.trouble.old_dies.is_some() || self.trouble.scale_in.is_some() || self.harm() > 0;
            assert!(self.old.contains(id) || self.went_back || vanished || !self.pauses.is_empty(), "{step} takes a new one out");
            assert!(!self.went_back || !self.old.contains(id), "{step}: no old one leaves on the way back");
        }
        let lost = leaving.iter().filter(|id| self.cloud.serves(id)).count() as u32;
        let out = if matches!(self.strategy, Strategy::InPlace { .. }) { batch(&self.strategy) } else { 0 };
        let floor = desired.saturating_sub(out).saturating_sub(self.harm());
        let left = self.cloud.serving() - lost;
        assert!(lost == 0 || left >= floor || self.went_back, "{step}: {left} would serve, {floor} must, harm {}", self.harm());
    }
}

impl Outcome {
    /// The end is all new, all old, or held and said so; nothing of ours is left behind.
    pub fn check(&self) {
        let Play { cloud, known, old, size, .. } = &self.play;
        let words = &self.words;
        let here = cloud.ids();
        let olds = here.iter().filter(|id| old.contains(id)).count();
        let meddled = self.play.trouble.scale_in.is_some() || cloud.took > 0;
        if let (Strategy::BlueGreen(_), Phase::Done | Phase::RolledBack) = (&self.play.strategy, self.phase) {
            let over = self.phase == Phase::Done;
            assert_eq!((cloud.weights.1, cloud.twin.is_some()), (if over { 100 } else { 0 }, over), "{words}");
            assert!(olds as u32 + self.play.harm() >= size.2, "the old group stays warm: {words}");
            return;
        }
        let as_before = (cloud.min, cloud.max, cloud.desired) == *size || meddled;
        match self.phase {
            Phase::Done => {
                assert_eq!(olds, 0, "{words}");
                assert!(as_before, "{words}: {} {} {}", cloud.min, cloud.max, cloud.desired);
                assert!(cloud.counted() == cloud.desired && !cloud.has_protected(), "{words}");
                let over = known.slots(size.2).iter().filter(|s| s.state == SlotState::Gone).count();
                assert!(over as u32 >= size.2 || matches!(self.play.strategy, Strategy::Native(_)), "{over} slots are through: {words}");
            }
            Phase::RolledBack => {
                assert!(as_before, "{words}: {} {} {} was {size:?}", cloud.min, cloud.max, cloud.desired);
                let same = !matches!(self.play.strategy, Strategy::Native(_));
                assert!(!same || olds as u32 + self.play.harm() >= size.2, "{words}: {olds} old ones are left");
                assert!(!cloud.has_protected() && !words.is_empty());
            }
            Phase::Held | Phase::Failed | Phase::Refused => assert!(words.len() > 20, "{words}"),
            other => panic!("ends as {}: {words}", other.word()),
        }
    }
}

/// Time that the operation took.
pub(super) fn took(outcome: &Outcome) -> Duration {
    Duration::from_secs(outcome.play.cloud.now - 1_000)
}
