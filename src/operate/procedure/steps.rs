//! Operations whose calls are all known beforehand: made in order, each once, and then followed until their aim is reached.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::domain::{Call, Label, Now, Phase};

use super::super::known::Known;
use super::{Ending, Look, Next, Procedure, Waiting};

/// Between two looks while following, and while stuck.
const PACE: Duration = Duration::from_secs(3);
const STUCK_PACE: Duration = Duration::from_secs(10);

/// What a launch may take beyond warm-up and grace before it counts as stuck.
const PATIENCE: Duration = Duration::from_mins(5);

/// How far an aim is, by one look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sight {
    pub done: bool,
    /// `5 of 8 in service and healthy: 2 launching, 1 initial`.
    pub words: String,
    pub reached: u32,
    /// 0: nothing to count.
    pub wanted: u32,
    /// What we set reads as we set it.
    pub as_set: bool,
    /// How it reads, where it does not: `desired is 7`.
    pub is: String,
    /// Failures since the operation began, newest first: id and why.
    pub failed: Vec<(Label, Label)>,
    /// It cannot be reached any more: why.
    pub lost: Option<String>,
}

/// Whether the next call may go.
pub(super) enum Turn {
    Go,
    Wait(String),
    /// Something else happened: it ends here.
    Stop(String),
}

/// What the calls are for.
pub(super) trait Aim: Send + Sync {
    /// Something beyond the guards that forbids to begin.
    fn objection(&self, known: &Known, look: &Look) -> Option<String> {
        let _ = (known, look);
        None
    }

    /// Whether call number `step` may go; asked from the second on.
    fn turn(&self, known: &Known, look: &Look, step: usize, now: Now) -> Turn {
        let _ = (known, look, step, now);
        Turn::Go
    }

    /// `settled`: the last call is long enough ago that reads show it.
    fn sight(&self, known: &Known, look: &Look, settled: bool) -> Sight;

    /// The target ceases to be.
    fn may_vanish(&self) -> bool {
        false
    }
}

pub(super) struct Steps<A> {
    aim: A,
    /// Only for the words: what follows from it is never a call.
    watch: Mutex<Option<Watch>>,
}

impl<A: Aim> Steps<A> {
    pub fn new(aim: A) -> Self {
        Self { aim, watch: Mutex::default() }
    }

    fn follow(&self, known: &Known, look: &Look, now: Now) -> Next {
        let sent = known.done().last().map_or(now.wall, |(_, m)| m.at);
        let settled = now.age_of(sent) > Call::SETTLE;
        let sight = self.aim.sight(known, look, settled);
        let progress = (sight.wanted > 0).then_some((sight.reached, sight.wanted));
        if sight.done {
            return Next::End(Ending { phase: Phase::Done, words: sight.words, progress });
        }
        if let Some(why) = &sight.lost {
            return Next::end(Phase::Failed, why);
        }
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        let watch = watch.get_or_insert_with(|| Watch { best: sight.reached, moved: now, arrived: false, overcome: BTreeSet::new() });
        watch.arrived |= sight.as_set;
        // A look right after the call may still show what was before it.
        if !sight.as_set && (watch.arrived || settled) {
            return Next::end(Phase::Done, format!("done, then changed by another: {} ({} before that)", sight.is, sight.words));
        }
        let stuck = watch.stuck(&sight, now, patience(look));
        Next::Wait(match stuck {
            Some(Stuck { shown, remark }) => {
                Waiting { progress, pace: STUCK_PACE, remark: Some(remark), ..Waiting::new(Phase::Stuck, shown) }
            }
            None => Waiting { progress, pace: PACE, ..Waiting::new(Phase::Following, sight.words) },
        })
    }
}

fn name(step: usize) -> String {
    format!("step-{}", step + 1)
}

impl<A: Aim> Procedure for Steps<A> {
    fn forward(&self, known: &Known, look: &Look, now: Now) -> Next {
        let calls = &known.plan.calls;
        let Some(step) = (0..calls.len()).find(|i| !known.is_done(&name(*i))) else { return self.follow(known, look, now) };
        if step == 0 {
            if let Some(why) = self.aim.objection(known, look) {
                return Next::end(Phase::Refused, format!("refused: {why}"));
            }
            // What is aimed at is compared with how things are before the first call.
            self.aim.sight(known, look, false);
        } else {
            match self.aim.turn(known, look, step, now) {
                Turn::Go => {}
                Turn::Wait(words) => return Next::Wait(Waiting::new(Phase::Following, words)),
                Turn::Stop(why) => {
                    let done: Vec<String> = calls[..step].iter().map(Call::describe).collect();
                    return Next::end(Phase::Failed, format!("stopped half-way, after: {}. {why}", done.join("; ")));
                }
            }
        }
        Next::call(name(step), calls[step].clone())
    }

    fn only_looks_on(&self, known: &Known) -> bool {
        (0..known.plan.calls.len()).all(|i| known.is_done(&name(i)))
    }

    fn may_vanish(&self) -> bool {
        self.aim.may_vanish()
    }
}

/// What following remembers from look to look.
struct Watch {
    best: u32,
    moved: Now,
    /// What we set was seen as we set it.
    arrived: bool,
    /// Failures that lie before the last progress.
    overcome: BTreeSet<Label>,
}

/// Why it is stuck: as shown, with the time that passes, and as journalled once.
struct Stuck {
    shown: String,
    remark: String,
}

impl Watch {
    /// Why it is stuck, if it is: something failed since the last progress, or nothing moved for longer than it may take.
    fn stuck(&mut self, sight: &Sight, now: Now, patience: Duration) -> Option<Stuck> {
        if sight.reached > self.best {
            self.best = sight.reached;
            self.moved = now;
            self.overcome.extend(sight.failed.iter().map(|(id, _)| id.clone()));
        }
        if let Some((_, why)) = sight.failed.iter().find(|(id, _)| !self.overcome.contains(id)) {
            let why = format!("{}. {why}", sight.words);
            return Some(Stuck { shown: why.clone(), remark: why });
        }
        let still = now.since(self.moved);
        (still > patience).then(|| Stuck {
            shown: format!("no progress for {} min: {}", still.as_secs() / 60, sight.words),
            remark: format!("no progress: {}", sight.words),
        })
    }
}

/// How long nothing may move: launching, warming and checking, or draining, whichever this group takes longer for.
fn patience(look: &Look) -> Duration {
    let group = &look.group;
    let drain = look.pools.iter().filter_map(|p| p.deregistration_delay).max().unwrap_or_default();
    let launch = group.warmup.unwrap_or_default() + group.grace.unwrap_or_default();
    launch.max(drain) + PATIENCE
}
