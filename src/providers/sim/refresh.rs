//! Instance refreshes: old machines are replaced a few at a time, within the bounds of health that were asked for, with checkpoints, a bake
//! time and a way back.
//!
//! As in the real service, health is what the group itself judges by: a group that does not watch its balancer takes a machine that answers
//! 503 for healthy.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::domain::plan::{Leftover, RefreshPreferences};
use crate::domain::{AlarmState, Change, ChangeKind, Label, Rollout, Status, Verdict};

use super::calendar::{Calendar, DAY, HOUR, Millis, SECOND};
use super::fleet::{Fleet, Machine, Phase, Standing, ZONES};
use super::world::{Event, World};

/// Between two looks at a refresh under way.
const PACE: Millis = 5 * SECOND;

/// A refresh that does not get on for so long has failed.
const PATIENCE: Millis = HOUR;

/// Percent of desired that must stay healthy where nothing is said.
const USUAL_MIN: u8 = 90;

/// Wait at a checkpoint where nothing is said.
const USUAL_DELAY: Duration = Duration::from_hours(1);

/// Where a refresh stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Pending,
    InProgress,
    Baking,
    Cancelling,
    RollbackInProgress,
    Successful,
    Failed,
    Cancelled,
    RollbackSuccessful,
    RollbackFailed,
}

impl Stage {
    fn status(self) -> Status {
        match self {
            Self::Pending => Status::moving("Pending"),
            Self::InProgress => Status::moving("InProgress"),
            Self::Baking => Status::moving("Baking"),
            Self::Cancelling => Status::moving("Cancelling"),
            Self::RollbackInProgress => Status::moving("RollbackInProgress"),
            Self::Successful => Status::good("Successful"),
            Self::Failed => Status::bad("Failed"),
            Self::Cancelled => Status::bad("Cancelled"),
            Self::RollbackSuccessful => Status::good("RollbackSuccessful"),
            Self::RollbackFailed => Status::bad("RollbackFailed"),
        }
    }

    fn is_active(self) -> bool {
        matches!(self, Self::Pending | Self::InProgress | Self::Baking | Self::Cancelling | Self::RollbackInProgress)
    }
}

/// One instance refresh of a fleet.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refresh {
    id: Label,
    /// Tells its looks from those of refreshes before it.
    turn: u64,
    pub stage: Stage,
    preferences: RefreshPreferences,
    /// Version it goes to, where it was named: the template follows only when all went well.
    target: Option<u16>,
    /// Machines still to be replaced, by number.
    pub todo: BTreeSet<u64>,
    /// Machines to be replaced in all.
    total: u32,
    /// Machines from this number on are its own.
    first: u64,
    /// Machines it holds beyond desired.
    pub extra: u32,
    started: Millis,
    ended: Option<Millis>,
    reason: Option<Label>,
    /// The checkpoint it works towards.
    checkpoint: usize,
    /// End of the wait at a checkpoint, or of the bake time.
    until: Option<Millis>,
    /// When it last got on, and how far it was then: to be replaced, and ready.
    moved: (Millis, usize, u32),
    percent: u8,
    left: u32,
    /// On its way back, from this percentage.
    back_from: Option<u8>,
}

impl Refresh {
    pub fn is_active(&self) -> bool {
        self.stage.is_active()
    }

    /// Under way, or over for less than a day.
    pub fn is_news(&self, now: Millis) -> bool {
        self.ended.is_none_or(|at| now - at < DAY)
    }

    /// Version of the machines that are launched while it runs, where it names one.
    pub fn launches(&self) -> Option<u16> {
        self.target.filter(|_| self.is_active() && self.back_from.is_none())
    }

    /// It can be rolled back: where it came from is known, since where it goes was named.
    pub fn is_reversible(&self) -> bool {
        self.target.is_some() && !matches!(self.stage, Stage::Cancelling | Stage::RollbackInProgress)
    }

    pub fn convert_rollout(&self, fleet: &Fleet, calendar: &Calendar) -> Rollout {
        Rollout {
            id: self.id.clone(),
            status: self.stage.status(),
            percent: Some(self.percent),
            left: Some(self.left),
            reason: self.reason.clone(),
            started: Some(calendar.stamp(self.started)),
            ended: self.ended.map(|at| calendar.stamp(at)),
            version: self.target.and_then(|v| fleet.versions.get(usize::from(v))).map(|v| v.name.clone()),
        }
    }

    /// Whether it takes this machine out.
    fn takes(&self, machine: &Machine) -> bool {
        let free = |leftover| leftover == Leftover::Replace;
        (!machine.protected || free(self.preferences.protected)) && (machine.phase != Phase::Parked || free(self.preferences.standby))
    }

    /// Machines it may have replaced before it waits, of `total`; `None` where the last checkpoint is behind it.
    fn allowed(&self) -> Option<u32> {
        if self.back_from.is_some() || self.preferences.checkpoints.is_empty() {
            return Some(self.total);
        }
        let percent = u32::from(*self.preferences.checkpoints.get(self.checkpoint)?);
        Some((self.total * percent).div_ceil(100))
    }
}

/// What a look at a fleet under refresh finds.
struct Count {
    /// Machines that the group calls healthy; its own only once they are warm.
    healthy: u32,
    /// Its own machines that are ready, and that are not yet.
    ready: u32,
    pending: u32,
    counted: u32,
}

/// How many may be missing from desired, and be there beyond it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Room {
    below: u32,
    above: u32,
}

/// An explicit maximum launches before it terminates where rounding leaves no room either way; without one it takes one out first.
fn room(desired: u32, preferences: &RefreshPreferences) -> Room {
    let min = u32::from(preferences.min_healthy_percent.unwrap_or(USUAL_MIN));
    let below = desired - (desired * min).div_ceil(100).min(desired);
    let above = preferences.max_healthy_percent.map_or(0, |max| (desired * u32::from(max) / 100).saturating_sub(desired));
    match (below, above, preferences.max_healthy_percent) {
        (0, 0, Some(_)) => Room { below: 0, above: 1 },
        (0, 0, None) => Room { below: 1.min(desired), above: 0 },
        _ => Room { below, above },
    }
}

fn millis(length: Duration) -> Millis {
    Millis::try_from(length.as_millis()).unwrap_or(Millis::MAX / 4)
}

impl World {
    /// Whether the group itself takes a machine for healthy.
    fn is_well(fleet: &Fleet, machine: &Machine) -> bool {
        let by_balancer = match machine.standing {
            Standing::Alone | Standing::Healthy => true,
            Standing::Absent => !machine.deregistered,
            _ => false,
        };
        machine.phase == Phase::InService && !machine.is_unreachable() && !machine.condemned && (by_balancer || !fleet.replaces_unhealthy)
    }

    /// A refresh of a fleet that has none under way; what it asks for was checked.
    pub fn begin_refresh(&mut self, fleet: usize, preferences: &RefreshPreferences, target: Option<u16>) {
        let turn = self.fleets[fleet].refresh.as_ref().map_or(0, |r| r.turn + 1);
        let bits = self.dice.bits(0x4ef4_0000 ^ fleet as u64, turn);
        let subject = &self.fleets[fleet];
        let version = target.unwrap_or(subject.wanted);
        let matches = |m: &Machine| preferences.skip_matching && m.version == version;
        let left_out = |m: &Machine| {
            (m.protected && preferences.protected == Leftover::Ignore)
                || (m.phase == Phase::Parked && preferences.standby == Leftover::Ignore)
        };
        let concerned = |m: &Machine| m.counts() || matches!(m.phase, Phase::Parked | Phase::Parking);
        let todo: BTreeSet<u64> =
            subject.machines.iter().filter(|(_, m)| concerned(m) && !matches(m) && !left_out(m)).map(|(n, _)| *n).collect();
        let total = todo.len() as u32;
        let refresh = Refresh {
            id: Label::new(format!("{:08x}-{:04x}-{:04x}-{:04x}", bits >> 32, bits >> 16 & 0xffff, bits & 0xffff, turn)),
            turn,
            stage: Stage::Pending,
            preferences: preferences.clone(),
            target,
            todo,
            total,
            first: subject.next_machine,
            extra: 0,
            started: self.now,
            ended: None,
            reason: None,
            checkpoint: 0,
            until: None,
            moved: (self.now, total as usize, 0),
            percent: 0,
            left: total,
            back_from: None,
        };
        let title = format!("{}: instance refresh started", subject.name);
        self.fleets[fleet].refresh = Some(refresh);
        self.tell_refresh(fleet, Verdict::Ok, title);
        self.schedule(self.now + PACE, Event::Refresh { fleet, turn });
    }

    fn tell_refresh(&mut self, fleet: usize, verdict: Verdict, title: String) {
        let target = &self.fleets[fleet];
        let (id, reason) = (target.id.clone(), target.refresh.as_ref().and_then(|r| r.reason.clone()));
        let change = self.change(ChangeKind::Deploy, verdict, title);
        self.tell_change(Change { about: Some(id), detail: reason, ..change });
    }

    /// It launches nothing more, lets what is under way come up, and ends with a mixed fleet.
    pub fn cancel_refresh_of(&mut self, fleet: usize) {
        if let Some(refresh) = &mut self.fleets[fleet].refresh {
            refresh.stage = Stage::Cancelling;
            refresh.until = None;
            refresh.reason = Some(Label::new("Cancelled due to user request."));
        }
    }

    /// What it launched is replaced in its turn, by what the template says.
    pub fn roll_refresh_back(&mut self, fleet: usize, why: &str) {
        let now = self.now;
        let target = &mut self.fleets[fleet];
        let next = target.next_machine;
        let Some(refresh) = &mut target.refresh else { return };
        refresh.todo = target.machines.range(refresh.first..).filter(|(_, m)| m.counts()).map(|(n, _)| *n).collect();
        refresh.total = refresh.todo.len() as u32;
        refresh.back_from = Some(refresh.percent);
        refresh.first = next;
        refresh.stage = Stage::RollbackInProgress;
        refresh.until = None;
        refresh.moved = (now, refresh.todo.len(), 0);
        refresh.reason = Some(Label::new(why));
    }

    /// One look, and what follows from it.
    pub fn look_at_refresh(&mut self, fleet: usize, turn: u64) {
        let under_way = |world: &Self| world.fleets[fleet].refresh.as_ref().is_some_and(|r| r.turn == turn && r.is_active());
        if !under_way(self) || self.fleets[fleet].gone || self.fleets[fleet].deleting {
            return;
        }
        self.refresh_step(fleet);
        if under_way(self) {
            self.schedule(self.now + PACE, Event::Refresh { fleet, turn });
        }
    }

    fn refresh_step(&mut self, fleet: usize) {
        let now = self.now;
        let paused = self.fleets[fleet].is_suspended("InstanceRefresh");
        let firing = self.firing_alarm_of(fleet);
        let Some(refresh) = &mut self.fleets[fleet].refresh else { return };
        if paused && refresh.stage != Stage::Cancelling {
            refresh.moved.0 = now;
            refresh.reason = Some(Label::new("The InstanceRefresh process is suspended."));
            return;
        }
        if refresh.stage == Stage::Pending {
            refresh.stage = Stage::InProgress;
        }
        if let Some(alarm) = firing.filter(|_| matches!(refresh.stage, Stage::InProgress | Stage::Baking)) {
            self.refresh_fails(fleet, &format!("CloudWatch alarm {alarm} is in ALARM."));
            return;
        }
        let count = self.count_refresh(fleet);
        match self.fleets[fleet].refresh.as_ref().map(|r| r.stage) {
            Some(Stage::Baking) => self.bake(fleet),
            Some(Stage::Cancelling) => self.cancel_step(fleet, &count),
            Some(_) => self.replace_step(fleet, &count),
            None => {}
        }
        self.reconcile(fleet, None);
    }

    fn firing_alarm_of(&self, fleet: usize) -> Option<Label> {
        let alarms = &self.fleets[fleet].refresh.as_ref()?.preferences.alarms;
        self.bells.iter().find(|b| b.state == AlarmState::Firing && alarms.contains(&b.name)).map(|b| b.name.clone())
    }

    /// Counts, and forgets machines that others took out.
    fn count_refresh(&mut self, fleet: usize) -> Count {
        let now = self.now;
        let target = &mut self.fleets[fleet];
        let mut count = Count { healthy: 0, ready: 0, pending: 0, counted: target.tally.counted };
        let Some(mut refresh) = target.refresh.take() else { return count };
        refresh.todo.retain(|n| target.machines.get(n).is_some_and(|m| !m.leaves()));
        let warmup = refresh.preferences.warmup.map_or(target.warmup, millis);
        for (number, machine) in target.machines.iter().filter(|(_, m)| m.counts()) {
            let own = *number >= refresh.first;
            let ready = Self::is_well(target, machine) && (!own || machine.in_service + warmup <= now);
            count.healthy += u32::from(ready);
            count.ready += u32::from(own && ready);
            count.pending += u32::from(own && !ready);
        }
        let (todo, total) = (refresh.todo.len() as u32, refresh.total);
        let complete = total.saturating_sub(todo + count.pending.min(total));
        let percent = |share: u32, all: u32| if all == 0 { 100 } else { (u64::from(share) * 100 / u64::from(all)) as u8 };
        match refresh.back_from {
            None => (refresh.percent, refresh.left) = (percent(complete, total), total - complete),
            Some(from) => {
                let left = total - complete;
                (refresh.percent, refresh.left) = ((u32::from(from) * u32::from(percent(left, total.max(1))) / 100) as u8, left);
            }
        }
        if (refresh.moved.1, refresh.moved.2) != (refresh.todo.len(), count.ready) {
            refresh.moved = (now, refresh.todo.len(), count.ready);
        }
        target.refresh = Some(refresh);
        count
    }

    /// Takes out what may go, makes room for what may come, and sees whether it is through.
    fn replace_step(&mut self, fleet: usize, count: &Count) {
        let now = self.now;
        let target = &self.fleets[fleet];
        let Some(refresh) = &target.refresh else { return };
        let desired = target.desired;
        let room = room(desired, &refresh.preferences);
        let floor = desired - room.below;
        let replaced = refresh.total.saturating_sub(refresh.todo.len() as u32);
        let Some(allowed) = refresh.allowed() else {
            self.refresh_ends(fleet, "the last checkpoint was reached; the rest stays as it was");
            return;
        };
        let mut may_go = allowed.saturating_sub(replaced);
        let mut healthy = count.healthy;
        let mut victims = Vec::new();
        for (number, well) in self.refresh_victims(fleet) {
            if may_go == 0 {
                break;
            }
            // One that is not healthy costs nothing; one that is must not be missed.
            if well {
                if healthy <= floor {
                    break;
                }
                healthy -= 1;
            }
            may_go -= 1;
            victims.push(number);
        }
        let progress = !victims.is_empty();
        for number in victims {
            self.refresh_takes(fleet, number);
        }
        let target = &mut self.fleets[fleet];
        let (counted, parked_left) = (target.tally.counted, target.refresh.as_ref().map_or(0, |r| r.todo.len()));
        let Some(refresh) = &mut target.refresh else { return };
        let open = refresh.todo.iter().filter(|n| target.machines.get(n).is_some_and(|m| m.counts() && refresh.takes(m))).count() as u32;
        refresh.extra = room.above.min(may_go).min(open);
        if refresh.back_from.is_some() {
            // What is too many goes by its own choice, never by a termination policy's.
            refresh.extra = refresh.extra.max(counted.saturating_sub(desired));
        }
        if progress {
            return;
        }
        let settled = count.pending == 0 && counted >= desired;
        if parked_left == 0 && settled {
            self.refresh_done(fleet);
        } else if may_go == 0 && settled {
            self.checkpoint(fleet);
        } else if now - self.fleets[fleet].refresh.as_ref().map_or(now, |r| r.moved.0) > PATIENCE {
            let why = if open == 0 && parked_left > 0 {
                "some instances are protected from scale-in or in standby, and it waited an hour for them"
            } else {
                "replacement instances did not become healthy within an hour"
            };
            self.refresh_fails(fleet, &format!("The instance refresh was stuck: {why}."));
        } else if let Some(refresh) = &mut self.fleets[fleet].refresh
            && refresh.back_from.is_none()
        {
            let words = if open == 0 && parked_left > 0 {
                Some("Waiting for instances that are protected from scale-in or in standby.")
            } else {
                (count.pending > 0).then_some("Waiting for remaining instances to be available.")
            };
            refresh.reason = words.map(Label::new);
        }
    }

    /// Machines to be replaced that it may take, in order: the unhealthy, then from the fullest zone, the oldest first. With whether the
    /// group calls each healthy.
    fn refresh_victims(&self, fleet: usize) -> Vec<(u64, bool)> {
        let target = &self.fleets[fleet];
        let Some(refresh) = &target.refresh else { return Vec::new() };
        let mut queues: [std::collections::VecDeque<u64>; ZONES] = Default::default();
        let mut out = Vec::new();
        for number in &refresh.todo {
            let Some(machine) = target.machines.get(number).filter(|m| refresh.takes(m)) else { continue };
            if Self::is_well(target, machine) {
                queues[usize::from(machine.zone) % ZONES].push_back(*number);
            } else {
                out.push((*number, false));
            }
        }
        let mut zones = target.tally.by_zone;
        loop {
            let fullest = (0..ZONES).filter(|z| !queues[*z].is_empty()).max_by_key(|z| (zones[*z], std::cmp::Reverse(*z)));
            let Some(number) = fullest.and_then(|z| {
                zones[z] = zones[z].saturating_sub(1);
                queues[z].pop_front()
            }) else {
                return out;
            };
            out.push((number, true));
        }
    }

    fn refresh_takes(&mut self, fleet: usize, number: u64) {
        let cause =
            format!("At {} an instance was taken out of service in response to an instance refresh.", self.calendar.words(self.now));
        if let Some(refresh) = &mut self.fleets[fleet].refresh {
            refresh.todo.remove(&number);
            refresh.reason = None;
        }
        self.terminate(fleet, number, &cause);
    }

    /// As many as it may are replaced and well: it waits, then goes on to the next checkpoint.
    fn checkpoint(&mut self, fleet: usize) {
        let now = self.now;
        let Some(refresh) = &mut self.fleets[fleet].refresh else { return };
        refresh.moved.0 = now;
        let delay = refresh.preferences.checkpoint_delay.unwrap_or(USUAL_DELAY);
        match refresh.until {
            None => {
                refresh.until = Some(now + millis(delay));
                let percent = refresh.preferences.checkpoints.get(refresh.checkpoint).copied().unwrap_or(100);
                let words = format!("Waiting {} seconds after the checkpoint of {percent} %.", delay.as_secs());
                refresh.reason = Some(Label::new(words));
            }
            Some(end) if now >= end => {
                refresh.until = None;
                refresh.reason = None;
                refresh.checkpoint += 1;
            }
            Some(_) => {}
        }
    }

    /// All are replaced: it watches for the bake time, if there is one.
    fn refresh_done(&mut self, fleet: usize) {
        let now = self.now;
        let Some(refresh) = &mut self.fleets[fleet].refresh else { return };
        match refresh.preferences.bake.filter(|b| !b.is_zero() && refresh.back_from.is_none()) {
            Some(bake) => {
                refresh.stage = Stage::Baking;
                refresh.until = Some(now + millis(bake));
                refresh.reason = Some(Label::new(format!("Baking for {} seconds.", bake.as_secs())));
            }
            None => self.refresh_ends(fleet, ""),
        }
    }

    fn bake(&mut self, fleet: usize) {
        let now = self.now;
        if self.fleets[fleet].refresh.as_ref().and_then(|r| r.until).is_none_or(|end| now >= end) {
            self.refresh_ends(fleet, "");
        }
    }

    /// What was launched comes up; for as many as are too many, old ones still go.
    fn cancel_step(&mut self, fleet: usize, count: &Count) {
        let desired = self.fleets[fleet].desired;
        let mut surplus = count.counted.saturating_sub(desired);
        let stuck = self.fleets[fleet].refresh.as_ref().is_some_and(|r| self.now - r.moved.0 > PATIENCE);
        if count.pending > 0 && !stuck {
            if let Some(refresh) = &mut self.fleets[fleet].refresh {
                refresh.extra = surplus;
            }
            return;
        }
        for (number, _) in self.refresh_victims(fleet) {
            if surplus == 0 {
                break;
            }
            surplus -= 1;
            self.refresh_takes(fleet, number);
        }
        self.refresh_stops(fleet, Stage::Cancelled, Some("Cancelled due to user request."));
        let name = self.fleets[fleet].name.clone();
        self.tell_refresh(fleet, Verdict::Warning, format!("{name}: instance refresh cancelled"));
    }

    fn refresh_ends(&mut self, fleet: usize, words: &str) {
        let target = &mut self.fleets[fleet];
        let Some(refresh) = &target.refresh else { return };
        let back = refresh.back_from.is_some();
        if !back && let Some(version) = refresh.target {
            target.wanted = version;
        }
        let stage = if back { Stage::RollbackSuccessful } else { Stage::Successful };
        self.refresh_stops(fleet, stage, Some(words).filter(|w| !w.is_empty()));
        let name = self.fleets[fleet].name.clone();
        let title = if back { format!("{name}: instance refresh rolled back") } else { format!("{name}: instance refresh successful") };
        self.tell_refresh(fleet, if back { Verdict::Notice } else { Verdict::Ok }, title);
    }

    /// Goes back where that was asked for; else it ends, with a mixed fleet.
    fn refresh_fails(&mut self, fleet: usize, why: &str) {
        let Some(refresh) = &self.fleets[fleet].refresh else { return };
        let back = refresh.back_from.is_some();
        if refresh.preferences.auto_rollback && refresh.is_reversible() && !back {
            self.roll_refresh_back(fleet, why);
            return;
        }
        self.take_back_unready(fleet);
        self.refresh_stops(fleet, if back { Stage::RollbackFailed } else { Stage::Failed }, Some(why));
        let name = self.fleets[fleet].name.clone();
        self.tell_refresh(fleet, Verdict::Warning, format!("{name}: instance refresh failed"));
    }

    /// What is too many goes from its own machines that never became ready, before a termination policy takes ones that work.
    fn take_back_unready(&mut self, fleet: usize) {
        let target = &self.fleets[fleet];
        let Some(refresh) = &target.refresh else { return };
        let surplus = target.tally.counted.saturating_sub(target.desired) as usize;
        let own = target.machines.range(refresh.first..).filter(|(_, m)| m.counts() && !Self::is_well(target, m));
        let numbers: Vec<u64> = own.map(|(n, _)| *n).take(surplus).collect();
        let cause = format!("At {} an instance was taken out of service as its instance refresh failed.", self.calendar.words(self.now));
        for number in numbers {
            self.terminate(fleet, number, &cause);
        }
    }

    fn refresh_stops(&mut self, fleet: usize, stage: Stage, why: Option<&str>) {
        let now = self.now;
        if let Some(refresh) = &mut self.fleets[fleet].refresh {
            refresh.stage = stage;
            refresh.extra = 0;
            refresh.until = None;
            refresh.ended = Some(now);
            refresh.reason = why.map(Label::new);
        }
    }
}
