//! What changes a fleet's size: people, schedules, and the target-tracking policy. Desired is set in one place, and reconciled in one.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::domain::{Change, ChangeKind, Label, StatusClass, Verdict};

use super::calendar::{MINUTE, SECOND};
use super::fleet::{Fleet, Schedule, Tracked};
use super::world::{Event, World, mean_over};

/// Minutes above the target before a policy adds, and below its scale-in line before it takes away: those of the alarms AWS makes.
pub(super) const HIGH_MINUTES: u32 = 3;
pub(super) const LOW_MINUTES: u32 = 15;

/// Share of the target below which a policy takes away.
pub(super) const LOW_LINE: f64 = 0.7;

impl World {
    /// Sets desired, says so, and lets the fleet follow. `why` is the sentence for the activities, `who` who did it.
    pub fn resize(&mut self, fleet: usize, desired: u32, why: &str, who: &str) {
        let target = &mut self.fleets[fleet];
        let before = target.desired;
        if before == desired {
            return;
        }
        target.desired = desired;
        target.settled = Some(self.now);
        let (id, name) = (target.id.clone(), target.name.clone());
        let change = self.change(ChangeKind::Scale, Verdict::Ok, format!("{name} {before} → {desired}"));
        self.tell_change(Change { about: Some(id), detail: Some(Label::new(why)), who: Some(Label::new(who)), ..change });
        self.reconcile(fleet, Some(why));
    }

    /// Launches what is missing, takes out what is too much, as far as no process is suspended.
    pub fn reconcile(&mut self, fleet: usize, why: Option<&str>) {
        let target = &self.fleets[fleet];
        if target.gone || target.deleting {
            return;
        }
        let want = target.wants();
        let have = target.tally.counted + target.hopeless;
        if have <= want {
            self.fleets[fleet].told_protected = None;
        }
        let target = &self.fleets[fleet];
        if have < want && !target.is_suspended("Launch") {
            self.launch(fleet, want - have, why);
        } else if target.tally.counted > want && !target.is_suspended("Terminate") {
            // Launches that will come to nothing take nobody's place.
            let victims = target.victims(target.tally.counted - want);
            if victims.is_empty() {
                self.tell_protected(fleet, why);
                return;
            }
            let (size, stamp) = (target.tally.counted, self.calendar.words(self.now));
            let mut cause = format!(
                "{}At {stamp} an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from {size} to {}.",
                why.map_or_else(String::new, |w| format!("{w}  ")),
                size - victims.len() as u32,
            );
            for id in victims.iter().filter_map(|n| target.machines.get(n)).map(|m| m.id.native()) {
                cause.push_str(&format!("  At {stamp} instance {id} was selected for termination."));
            }
            for number in victims {
                self.terminate(fleet, number, &cause);
            }
        }
    }

    /// All that is left is protected: desired stays lower than what is there, and an activity says so, once.
    fn tell_protected(&mut self, fleet: usize, why: Option<&str>) {
        let target = &self.fleets[fleet];
        let only_launching = target.hopeless > 0;
        if only_launching || target.told_protected == Some(target.desired) {
            return;
        }
        let cause = format!(
            "{}At {} group reached equilibrium.",
            why.map_or_else(String::new, |w| format!("{w}  ")),
            self.calendar.words(self.now)
        );
        let words = "Could not scale to desired capacity because all remaining instances are protected from scale-in.";
        let stamp = self.calendar.stamp(self.now);
        self.open_deed(fleet, None, words, &cause, "InProgress");
        let target = &mut self.fleets[fleet];
        target.told_protected = Some(target.desired);
        if let Some(deed) = target.deeds.back_mut() {
            Fleet::close(&mut deed.activity, stamp, "Cancelled", StatusClass::Bad);
            deed.activity.message = Some(Label::new(words));
        }
    }

    /// The policy looks at the past minute, and acts when it has seen enough and its cooldown is over.
    pub fn track(&mut self, fleet: usize) {
        let Some(tracking) = &self.fleets[fleet].tracking else { return };
        let (what, goal) = (tracking.what, tracking.target);
        let value = mean_over(self.now - MINUTE, self.now, |at| {
            let reading = self.reading(fleet, at);
            match what {
                Tracked::Requests => reading.per_target,
                Tracked::Cpu => reading.cpu,
            }
        });
        let (now, cooldown) = (self.now, self.fleets[fleet].cooldown);
        let Some(tracking) = &mut self.fleets[fleet].tracking else { return };
        // No data is neither high nor low: the policy holds still.
        let Some(value) = value else {
            (tracking.above, tracking.below) = (0, 0);
            return;
        };
        tracking.above = if value > goal { tracking.above + 1 } else { 0 };
        tracking.below = if value < goal * LOW_LINE { tracking.below + 1 } else { 0 };
        let cooling = tracking.acted.is_some_and(|t| now < t + cooldown);
        let (above, below) = (tracking.above >= HIGH_MINUTES, tracking.below >= LOW_MINUTES);
        let name = tracking.name.clone();
        let target = &self.fleets[fleet];
        let muted = || {
            let alarm = format!("TargetTracking-{}-{}", target.name, if above { "AlarmHigh" } else { "AlarmLow" });
            self.bells.iter().any(|b| *b.name == *alarm && b.mutes_at(now).next().is_some())
        };
        if cooling || target.is_suspended("AlarmNotification") || !(above || below) || target.deleting || muted() {
            return;
        }
        let running = f64::from(if what == Tracked::Requests { target.tally.serving } else { target.tally.in_service });
        let ideal = (running * value / goal).ceil() as u32;
        let (want, side) = if above {
            (ideal.max(target.desired), "AlarmHigh")
        } else {
            // In gently: a fifth at a time.
            (ideal.max(target.desired.saturating_sub((target.desired / 5).max(1))).min(target.desired), "AlarmLow")
        };
        let want = want.clamp(target.min, target.max);
        if want == target.desired {
            return;
        }
        let why = format!(
            "At {} a monitor alarm TargetTracking-{}-{side} in state ALARM triggered policy {name} changing the desired capacity from {} to {want}.",
            self.calendar.words(now),
            target.name,
            target.desired,
        );
        if let Some(tracking) = &mut self.fleets[fleet].tracking {
            tracking.acted = Some(now);
        }
        self.resize(fleet, want, &why, "target tracking");
    }

    /// A scheduled action fires, as far as its process is not suspended, and plans its next time.
    pub fn run_schedule(&mut self, fleet: usize, schedule: usize) {
        let target = &self.fleets[fleet];
        let Some(action) = target.schedules.get(schedule).cloned() else { return };
        if !target.is_suspended("ScheduledActions") {
            let desired = action.desired.clamp(target.min, target.max);
            let why = format!(
                "At {} a scheduled action {} set group desired capacity changing the desired capacity from {} to {desired}.",
                self.calendar.words(self.now),
                action.name,
                target.desired
            );
            self.resize(fleet, desired, &why, "schedule");
        }
        self.plan_schedule(fleet, schedule);
    }

    /// Works out when a scheduled action fires next, and queues it.
    pub fn plan_schedule(&mut self, fleet: usize, schedule: usize) {
        // A sped-up clock rounds: a second later, or the same moment fires twice.
        let now = self.calendar.stamp(self.now + SECOND);
        let Some(action) = self.fleets[fleet].schedules.get_mut(schedule) else { return };
        action.next = action.next_after(now);
        let at = self.calendar.moment(action.next);
        self.schedule(at, Event::Schedule { fleet, schedule });
    }
}

impl Schedule {
    /// The next time of day after `now`.
    fn next_after(&self, now: Timestamp) -> Timestamp {
        let today = now.to_zoned(TimeZone::UTC).date();
        let at = today.at(self.hour, self.minute, 0, 0).to_zoned(TimeZone::UTC).map_or(now, |z| z.timestamp());
        if at > now { at } else { at.checked_add(SignedDuration::from_hours(24)).unwrap_or(now) }
    }
}
