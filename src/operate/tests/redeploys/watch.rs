//! Stands between the driver and the estate and knows the truth: what must never happen is looked for at every read and at every call, and
//! the story is kept for whoever has to understand a seed.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::domain::plan::{Size, Strategy};
use crate::domain::{Alarm, Call, Database, Group, Identity, Label, ResourceId, Status, TargetPool};
use crate::providers::sim::Sim;
use crate::providers::{Operator, ProviderError, Signals};

/// How old what a driver goes by may be: the look, and what it waits for before the call leaves.
const FRESH: Duration = Duration::from_secs(15);

/// What was true at one moment.
struct Moment {
    at: Instant,
    serving: BTreeSet<ResourceId>,
    counted: u32,
}

pub(in super::super) struct Seen {
    /// Nothing that befell the group takes members away or makes them ill: then no moment may lie below the floor.
    pub calm: bool,
    pub lag: Duration,
    /// What must go on serving: what is wanted by now, if that is less than what served at the start.
    pub floor: u32,
    /// So many reads from that moment on show a target of another pool than the group's own as ill.
    pub blink: Option<(Duration, u32)>,
    past: VecDeque<Moment>,
    /// Members that our calls took out.
    taken: BTreeSet<ResourceId>,
    pub story: Vec<String>,
    pub wrong: Vec<String>,
    pub looks: u32,
    pub calls: u32,
}

pub(in super::super) struct Watch {
    sim: Sim,
    inner: Arc<dyn Operator>,
    group: ResourceId,
    strategy: Strategy,
    pub size: Size,
    pub old: BTreeSet<ResourceId>,
    origin: Instant,
    /// Calls of the estate before ours.
    earlier: usize,
    seen: Mutex<Seen>,
}

/// Members that take their share, by the words of group and balancer.
pub(in super::super) fn serving(group: &Group, pools: &[TargetPool]) -> BTreeSet<ResourceId> {
    let good = |id: &ResourceId| {
        pools.iter().filter(|p| group.pools.contains(&p.id)).all(|p| {
            let mut own = p.targets.iter().flatten().filter(|t| t.member == *id).peekable();
            own.peek().is_some() && own.all(|t| t.state.is_good())
        })
    };
    group.members.iter().filter(|m| m.in_service() && !m.health.is_bad() && good(&m.id)).map(|m| m.id.clone()).collect()
}

impl Watch {
    pub fn of(sim: &Sim, inner: Arc<dyn Operator>, group: &ResourceId, strategy: &Strategy) -> Arc<Self> {
        let (now, pools) = sim.truth(group).unwrap();
        let floor = serving(&now, &pools).len() as u32;
        let seen = Seen {
            calm: true,
            lag: Duration::ZERO,
            floor,
            blink: None,
            past: VecDeque::new(),
            taken: BTreeSet::new(),
            story: Vec::new(),
            wrong: Vec::new(),
            looks: 0,
            calls: 0,
        };
        Arc::new(Self {
            sim: sim.clone(),
            inner,
            group: group.clone(),
            strategy: strategy.clone(),
            size: Size::of(&now).unwrap(),
            old: now.members.iter().filter(|m| m.counts()).map(|m| m.id.clone()).collect(),
            origin: Instant::now(),
            earlier: sim.carried_out().len(),
            seen: Mutex::new(seen),
        })
    }

    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    pub fn tell(&self, what: impl AsRef<str>) {
        let line = format!("{:>6}s  {}", self.origin.elapsed().as_secs(), what.as_ref());
        self.seen().story.push(line);
    }

    fn wrong(&self, what: String) {
        self.tell(format!("WRONG: {what}"));
        self.seen().wrong.push(what);
    }

    pub fn story(&self) -> String {
        self.seen().story.join("\n")
    }

    pub fn truth(&self) -> (Group, Vec<TargetPool>) {
        self.sim.truth(&self.group).expect("nobody deletes the first group")
    }

    /// Pools as they are.
    pub fn pools(&self, ids: &[ResourceId]) -> Vec<TargetPool> {
        self.sim.truth_of_pools(ids)
    }

    /// Calls that were carried out since.
    pub fn carried_out(&self) -> Vec<Call> {
        self.sim.carried_out().split_off(self.earlier)
    }

    /// Members that may be missing from the floor while a batch is out.
    fn out(&self) -> u32 {
        match &self.strategy {
            Strategy::InPlace { batch } => *batch,
            _ => 0,
        }
    }

    /// Looks at the truth, and remembers it.
    fn look(&self) -> (Group, BTreeSet<ResourceId>) {
        let (group, pools) = self.truth();
        // The cloud's own rollout goes by what the group itself judges by.
        let own = |g: &Group| g.members.iter().filter(|m| m.in_service()).map(|m| m.id.clone()).collect();
        let native = matches!(self.strategy, Strategy::Native(_)) && !group.health_check.to_uppercase().contains("ELB");
        let serving = if native { own(&group) } else { serving(&group, &pools) };
        let mut seen = self.seen();
        let window = FRESH + seen.lag;
        let now = Instant::now();
        seen.past.push_back(Moment { at: now, serving: serving.clone(), counted: group.counted() });
        // One older than the window stays: it tells how things were when the window began.
        while seen.past.len() > 1 && seen.past.get(1).is_some_and(|m| now - m.at > window) {
            seen.past.pop_front();
        }
        (group, serving)
    }

    fn read(&self, id: &ResourceId) {
        if *id != self.group {
            return;
        }
        let (group, serving) = self.look();
        let (calm, floor) = {
            let mut seen = self.seen();
            seen.looks += 1;
            (seen.calm, seen.floor)
        };
        let least = floor.saturating_sub(self.out());
        if calm && (serving.len() as u32) < least {
            let who: Vec<String> = group.members.iter().map(|m| format!("{} {}", m.label, m.lifecycle.word)).collect();
            self.wrong(format!("{} serve, {least} must: {}", serving.len(), who.join(", ")));
        }
    }

    fn judge(&self, call: &Call) {
        let (group, serving) = self.look();
        let mut wrong = Vec::new();
        {
            let seen = self.seen();
            let before: BTreeSet<&ResourceId> = seen.past.iter().flat_map(|m| &m.serving).collect();
            // Lost so short a while ago that a driver need not know.
            let excused = before.iter().filter(|id| !serving.contains(**id) && !seen.taken.contains(**id)).count() as u32;
            let leaving: BTreeSet<&ResourceId> = match call {
                Call::Deregister { targets, .. } => targets.iter().map(|t| &t.member).collect(),
                _ => call.takes_out().iter().collect(),
            };
            let lost = leaving.iter().filter(|id| serving.contains(**id)).count() as u32;
            let (left, least) = (serving.len() as u32 + excused - lost, seen.floor.saturating_sub(self.out()));
            if lost > 0 && left < least {
                wrong.push(format!("leaves {left}, {least} must serve"));
            }
            let before = Size::of(&group).unwrap();
            let after = before.after(call);
            let counted = seen.past.iter().map(|m| m.counted).min().unwrap_or(0);
            if matches!(call, Call::SetDesired { .. } | Call::SetBounds { .. }) && after.desired < counted {
                wrong.push(format!("lets the group choose who of {counted} goes"));
            }
            let batch = match &self.strategy {
                Strategy::SurgeAndDrain { batch } => *batch,
                _ => 0,
            };
            let most = self.size.desired.max(before.desired) + batch;
            if after.desired > most || (after.max > before.max && after.max > most) {
                wrong.push(format!("grows to {} of {}, {most} is the most", after.desired, after.max));
            }
            match call {
                Call::Suspend { processes, .. } | Call::ResumeProcesses { processes, .. } => {
                    let ours =
                        ["ScheduledActions", "AZRebalance", "HealthCheck", "ReplaceUnhealthy", "AlarmNotification", "InstanceRefresh"];
                    if processes.is_empty() || processes.iter().any(|p| !ours.contains(&&**p)) {
                        wrong.push("an empty list means all of them, and only what disturbs is switched off".to_owned());
                    }
                }
                Call::SetWeights { weights, .. } => wrong.extend(self.starves(weights, &seen)),
                _ if !call.takes_out().is_empty() && matches!(self.strategy, Strategy::BlueGreen(_) | Strategy::Native(_)) => {
                    wrong.push("this strategy takes nobody out by id".to_owned());
                }
                _ => {}
            }
        }
        for what in wrong {
            self.wrong(format!("{}: {what}", call.describe()));
        }
    }

    /// Traffic goes only where enough serve.
    fn starves(&self, weights: &[(ResourceId, u32)], seen: &Seen) -> Option<String> {
        let all: u32 = weights.iter().map(|(_, w)| *w).sum();
        let pools = self.pools(&weights.iter().filter(|(_, w)| *w > 0).map(|(p, _)| p.clone()).collect::<Vec<_>>());
        let short = pools.iter().find(|p| {
            let good = p.targets.iter().flatten().filter(|t| t.state.is_good()).count() as u32;
            seen.calm && good < seen.floor
        });
        match short {
            _ if all == 0 => Some("no pool gets anything".to_owned()),
            Some(pool) => Some(format!("{} has fewer than {} that serve", pool.name, seen.floor)),
            None => None,
        }
    }
}

#[async_trait]
impl Operator for Watch {
    async fn identity(&self) -> Result<Identity, ProviderError> {
        self.inner.identity().await
    }

    async fn read_group(&self, group: &ResourceId) -> Result<Group, ProviderError> {
        self.read(group);
        self.inner.read_group(group).await
    }

    async fn read_pools(&self, pools: &[ResourceId]) -> Result<Vec<TargetPool>, ProviderError> {
        let mut read = self.inner.read_pools(pools).await?;
        let own = self.truth().0.pools;
        let mut seen = self.seen();
        if let Some((after, times)) = seen.blink.filter(|(after, times)| *after <= self.origin.elapsed() && *times > 0)
            && let Some(target) = read.iter_mut().filter(|p| !own.contains(&p.id)).flat_map(|p| p.targets.iter_mut().flatten()).next()
        {
            target.state = Status::bad("unhealthy");
            seen.blink = Some((after, times - 1));
        }
        Ok(read)
    }

    async fn read_signals(&self, group: &Group, pools: &[TargetPool]) -> Result<Signals, ProviderError> {
        self.inner.read_signals(group, pools).await
    }

    async fn read_database(&self, database: &ResourceId) -> Result<Database, ProviderError> {
        self.inner.read_database(database).await
    }

    async fn read_alarm(&self, alarm: &ResourceId) -> Result<Alarm, ProviderError> {
        self.inner.read_alarm(alarm).await
    }

    async fn call(&self, call: &Call) -> Result<(), ProviderError> {
        self.judge(call);
        let before = self.sim.carried_out().len();
        let answer = self.inner.call(call).await;
        let times = self.sim.carried_out().len() - before;
        let told = match &answer {
            Ok(()) => "accepted".to_owned(),
            Err(e) => format!("{} ({})", e.message, if e.maybe_done { "perhaps done" } else { "not done" }),
        };
        self.tell(format!("{}: {told}, carried out {times}×", call.describe()));
        let mut seen = self.seen();
        seen.calls += 1;
        if times > 0 {
            if let Call::Deregister { targets, .. } = call {
                seen.taken.extend(targets.iter().map(|t| t.member.clone()));
            }
            if let Call::Register { targets, .. } = call {
                seen.taken.retain(|id| !targets.iter().any(|t| t.member == *id));
            }
            seen.taken.extend(call.takes_out().iter().cloned());
        }
        answer
    }
}

/// Processes that are off.
pub(in super::super) fn suspended(group: &Group) -> BTreeSet<Label> {
    group.suspended.iter().map(|s| s.name.clone()).collect()
}
