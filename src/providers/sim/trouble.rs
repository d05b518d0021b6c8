//! What befalls the estate without anybody's call: put in by tests at a moment of their choice. The model takes it from there.

use std::time::Duration;

use crate::domain::{AlarmState, Label};

use super::Sim;
use super::calendar::Millis;
use super::fleet::{Illness, Phase, Standing};
use super::world::{Event, World};

/// One thing that happens. Groups and alarms go by name; names that are nowhere are no trouble.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// The next launches of a group fail for want of quota.
    FailedLaunches {
        group: String,
        count: u32,
    },
    /// The next machines of a group come up, but their application answers 503 for ever.
    NeverHealthy {
        group: String,
        count: u32,
    },
    /// The oldest machines of a group that work begin to answer 503.
    Sickness {
        group: String,
        count: u32,
    },
    /// The oldest machines of a group in service are lost, as when their host dies; the group replaces them by itself.
    Loss {
        group: String,
        count: u32,
    },
    /// A zone (`'a'`, `'b'`, `'c'`) goes dark: its machines answer nobody and launches there fail.
    ZoneLost {
        zone: char,
        lasts: Duration,
    },
    /// Somebody else sets desired; bounds are widened where it lies outside of them.
    Resized {
        group: String,
        desired: u32,
    },
    /// Somebody else sets the bounds; desired follows into them.
    Bounded {
        group: String,
        min: u32,
        max: u32,
    },
    /// Somebody else suspends or resumes a process.
    Suspended {
        group: String,
        process: String,
    },
    Resumed {
        group: String,
        process: String,
    },
    /// An alarm fires for a while, whatever it looks at.
    Alarm {
        name: String,
        lasts: Duration,
    },
    /// A share of a group's answers is 5xx for a while.
    Errors {
        group: String,
        percent: f64,
        lasts: Duration,
    },
    /// Somebody else puts a new version into a group's template; no machine is replaced by that.
    NewVersion {
        group: String,
        version: String,
    },
    /// The version in a group's template is bad: each machine of it falls sick so long after it was healthy.
    BadVersion {
        group: String,
        sick_after: Duration,
    },
    /// Somebody else sets how long new members warm up, and how long the pool drains those that leave.
    Timed {
        group: String,
        warmup: Duration,
        drain: Duration,
    },
    /// The tool that owned a group lets go of it.
    Released {
        group: String,
    },
}

/// A stretch of time in which answers fail: fleet, from, until, share 0–1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Haze {
    fleet: usize,
    from: Millis,
    until: Millis,
    share: f64,
}

/// Who somebody else is.
const SOMEBODY: &str = "somebody else";

impl Sim {
    /// Lets something happen once this much model time has passed; zero = at once.
    pub fn befall(&self, after: Duration, trouble: Trouble) {
        self.with(|world| {
            let at = world.now + millis(after);
            world.troubles.push(trouble);
            let n = world.troubles.len() - 1;
            if after.is_zero() {
                world.befall(n);
            } else {
                world.schedule(at, Event::Trouble(n));
            }
        });
    }
}

fn millis(length: Duration) -> Millis {
    Millis::try_from(length.as_millis()).unwrap_or(Millis::MAX / 4)
}

impl World {
    /// The position of a group by name, clones included.
    pub fn fleet_called(&self, name: &str) -> Option<usize> {
        self.fleets.iter().position(|f| !f.gone && &*f.name == name)
    }

    /// Share of a fleet's answers that fails for no reason of its own.
    pub fn haze_at(&self, fleet: usize, at: Millis) -> f64 {
        self.haze.iter().filter(|h| h.fleet == fleet && (h.from..h.until).contains(&at)).map(|h| h.share).fold(0.0, f64::max)
    }

    pub fn befall(&mut self, n: usize) {
        let Some(trouble) = self.troubles.get(n).cloned() else { return };
        match &trouble {
            Trouble::ZoneLost { zone, lasts } => self.lose_zone(*zone, *lasts),
            Trouble::Alarm { name, lasts } => self.force_alarm(name, *lasts),
            Trouble::FailedLaunches { group, .. }
            | Trouble::NeverHealthy { group, .. }
            | Trouble::Sickness { group, .. }
            | Trouble::Loss { group, .. }
            | Trouble::Resized { group, .. }
            | Trouble::Bounded { group, .. }
            | Trouble::Suspended { group, .. }
            | Trouble::Resumed { group, .. }
            | Trouble::Errors { group, .. }
            | Trouble::NewVersion { group, .. }
            | Trouble::BadVersion { group, .. }
            | Trouble::Timed { group, .. }
            | Trouble::Released { group } => {
                if let Some(fleet) = self.fleet_called(group) {
                    self.befall_fleet(fleet, &trouble);
                }
            }
        }
    }

    fn befall_fleet(&mut self, fleet: usize, trouble: &Trouble) {
        let now = self.now;
        let target = &mut self.fleets[fleet];
        match trouble {
            Trouble::FailedLaunches { count, .. } => target.doomed += count,
            Trouble::NeverHealthy { count, .. } => target.stillborn += count,
            Trouble::Sickness { count, .. } => self.sicken(fleet, *count),
            Trouble::Loss { count, .. } => self.lose(fleet, *count),
            Trouble::Resized { desired, .. } => {
                (target.min, target.max) = (target.min.min(*desired), target.max.max(*desired));
                let why = self.user_request(fleet, *desired);
                self.resize(fleet, *desired, &why, SOMEBODY);
            }
            Trouble::Bounded { min, max, .. } => {
                (target.min, target.max) = (*min, (*max).max(*min));
                let desired = target.desired.clamp(target.min, target.max);
                let why = self.user_request(fleet, desired);
                self.resize(fleet, desired, &why, SOMEBODY);
            }
            Trouble::Suspended { process, .. } => self.switch_off(fleet, &[Label::new(process)], "User suspended"),
            Trouble::Resumed { process, .. } => self.switch_on(fleet, &[Label::new(process)]),
            Trouble::Errors { percent, lasts, .. } => {
                self.haze.push(Haze { fleet, from: now, until: now + millis(*lasts), share: percent / 100.0 });
            }
            Trouble::NewVersion { version, .. } => {
                let connections = target.versions.get(usize::from(target.wanted)).map_or(0, |v| v.connections);
                target.versions.push(super::fleet::Version::sound(version, connections));
                target.wanted = (target.versions.len() - 1) as u16;
            }
            Trouble::BadVersion { sick_after, .. } => {
                let wanted = usize::from(target.wanted);
                if let Some(version) = target.versions.get_mut(wanted) {
                    (version.sick, version.sick_after) = (1.0, millis(*sick_after));
                }
            }
            Trouble::Timed { warmup, drain, .. } => {
                target.warmup = millis(*warmup);
                if let Some(pool) = &mut target.pool {
                    pool.drain = millis(*drain);
                }
            }
            Trouble::Released { .. } => {
                target.owner = None;
                target.tags.retain(|(key, _)| &**key != "ManagedBy");
            }
            Trouble::ZoneLost { .. } | Trouble::Alarm { .. } => {}
        }
    }

    fn oldest_in_service(&self, fleet: usize, count: u32) -> Vec<u64> {
        let fine = self.fleets[fleet].machines.iter().filter(|(_, m)| m.phase == Phase::InService && !m.sick);
        fine.map(|(n, _)| *n).take(count as usize).collect()
    }

    fn sicken(&mut self, fleet: usize, count: u32) {
        for number in self.oldest_in_service(fleet, count) {
            let was = self.fleets[fleet].alter(number, self.now, |m| {
                m.sick = true;
                m.standing
            });
            if was == Some(Standing::Healthy) {
                self.fall_ill(fleet, number, Illness::Refuses);
            }
        }
    }

    /// They are gone at once; nobody had time to drain them.
    fn lose(&mut self, fleet: usize, count: u32) {
        for number in self.oldest_in_service(fleet, count) {
            self.fleets[fleet].alter(number, self.now, |m| {
                m.cut_off = true;
                m.condemned = true;
            });
            let cause = format!(
                "At {} an instance was taken out of service in response to an EC2 health check indicating it has been terminated or stopped.",
                self.calendar.words(self.now)
            );
            self.terminate(fleet, number, &cause);
        }
        self.reconcile(fleet, None);
    }

    fn lose_zone(&mut self, zone: char, lasts: Duration) {
        let Some(zone) = "abc".find(zone).and_then(|z| u8::try_from(z).ok()) else { return };
        self.zone_out(zone);
        self.schedule(self.now + millis(lasts), Event::ZoneBack(zone));
    }

    fn force_alarm(&mut self, name: &str, lasts: Duration) {
        let until = self.now + millis(lasts);
        let Some(n) = self.bells.iter().position(|b| &*b.name == name) else { return };
        self.bells[n].forced = Some(until);
        self.flip(n, &AlarmState::Firing);
    }
}
