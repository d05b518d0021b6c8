//! What befalls a morning, by the dice: one thing or two.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

use super::Dice;
use super::ground::{BEFORE, Morning};
use crate::domain::plan::Strategy;
use crate::domain::{FailureKind, Label};
use crate::providers::sim::{Fault, Moment, Spot, Trouble};

/// What the end is judged by.
#[derive(Debug)]
pub(super) struct Weather {
    pub words: Vec<String>,
    /// Members were taken away, or made ill, by others.
    pub harm: bool,
    /// Somebody else set this size.
    pub resized: Option<u32>,
    /// Calls arrive twice.
    pub twice: bool,
    /// What others switch on and off, and when.
    switched: Vec<(Duration, Label, bool)>,
    began: Instant,
}

/// Kinds of trouble.
const KINDS: u64 = 24;

impl Weather {
    /// Nothing that takes members away; faults may still be put in.
    pub fn fair(morning: &Morning) -> Self {
        let _ = morning;
        Self { words: Vec::new(), harm: false, resized: None, twice: false, switched: Vec::new(), began: Instant::now() }
    }

    pub fn gather(morning: &Morning, dice: &mut Dice, name: &str, strategy: &Strategy) -> Self {
        let mut weather = Self::fair(morning);
        let things = [0, 1, 1, 1, 1, 2, 2, 3][dice.roll(8) as usize];
        for _ in 0..things {
            weather.befall(morning, dice, name, strategy);
        }
        let mut seen = morning.watch.seen();
        seen.calm = !weather.harm;
        if let Some(desired) = weather.resized {
            seen.floor = seen.floor.min(desired);
        }
        drop(seen);
        morning.watch.tell(format!("weather: {}", weather.words.join("; ")));
        weather
    }

    /// Processes that must be off by now, once nothing is borrowed.
    pub fn off(&self) -> BTreeSet<Label> {
        let mut off: BTreeSet<Label> = [Label::new(BEFORE)].into();
        for (_, process, on) in self.switched.iter().filter(|(after, ..)| *after <= self.began.elapsed()) {
            if *on {
                off.remove(process);
            } else {
                off.insert(process.clone());
            }
        }
        off
    }

    fn befall(&mut self, morning: &Morning, dice: &mut Dice, name: &str, strategy: &Strategy) {
        let sim = &morning.sim;
        let group = || name.to_owned();
        let after = Duration::from_secs(5 + dice.roll(500));
        let few = 1 + dice.roll(3) as u32;
        let fault = |dice: &mut Dice, kind| Fault::new(Spot::Call, kind).skipping(dice.roll(14) as u32);
        let lost = [FailureKind::Timeout, FailureKind::Network, FailureKind::Server][dice.roll(3) as usize];
        let at = after.as_secs();
        let (words, harm) = match dice.roll(KINDS) {
            0 | 1 => {
                sim.inject(fault(dice, FailureKind::Throttled).times(few * 2));
                (format!("{} throttled calls", few * 2), false)
            }
            2 | 3 => {
                sim.inject(fault(dice, lost).at(Moment::After).times(few));
                (format!("{few} calls done, answers lost"), false)
            }
            4 => {
                sim.inject(fault(dice, FailureKind::Network).at(Moment::DoneAndNever));
                ("a call done and never answered".to_owned(), false)
            }
            5 | 6 => {
                sim.inject(fault(dice, FailureKind::Timeout).at(Moment::Never).times(few));
                (format!("{few} calls lost on the way"), false)
            }
            7 => {
                self.twice = true;
                sim.inject(fault(dice, FailureKind::Network).at(Moment::Twice).times(few * 3));
                (format!("{} calls arrive twice", few * 3), false)
            }
            8 => {
                let spot = [Spot::ReadPools, Spot::ReadGroup, Spot::ReadSignals][dice.roll(3) as usize];
                let skip = 5 + dice.roll(60) as u32;
                sim.inject(Fault::new(spot, FailureKind::Server).skipping(skip).times(few * 12));
                (format!("{} reads fail: {spot:?} after {skip}", few * 12), false)
            }
            9 | 10 => {
                let lag = Duration::from_secs(2 + dice.roll(20));
                sim.lag_reads(lag);
                morning.watch.seen().lag = lag;
                (format!("reads lag {} s", lag.as_secs()), false)
            }
            11 => {
                sim.befall(Duration::ZERO, Trouble::FailedLaunches { group: group(), count: few });
                (format!("{few} launches fail"), false)
            }
            12 => {
                sim.befall(after, Trouble::FailedLaunches { group: group(), count: 100_000 });
                (format!("launches fail from {at} s on"), false)
            }
            13 => {
                sim.befall(Duration::ZERO, Trouble::NeverHealthy { group: group(), count: few });
                (format!("{few} new ones never turn healthy"), matches!(strategy, Strategy::Native(_)))
            }
            14 => {
                sim.befall(after, Trouble::NeverHealthy { group: group(), count: 100_000 });
                (format!("no new one turns healthy from {at} s on"), matches!(strategy, Strategy::Native(_)))
            }
            15 => {
                let sick_after = Duration::from_secs(10 + dice.roll(400));
                sim.befall(Duration::ZERO, Trouble::BadVersion { group: group(), sick_after });
                (format!("a bad version, sick after {} s", sick_after.as_secs()), true)
            }
            16 => {
                let desired = [morning.watch.size.desired - 1, morning.watch.size.desired + 1][dice.roll(2) as usize];
                self.resized = Some(desired);
                sim.befall(after, Trouble::Resized { group: group(), desired });
                (format!("somebody sets desired {desired} at {at} s"), true)
            }
            17 => {
                sim.befall(after, Trouble::Loss { group: group(), count: 1 });
                (format!("a host dies at {at} s"), true)
            }
            18 => {
                sim.befall(after, Trouble::Sickness { group: group(), count: 1 });
                (format!("one falls ill at {at} s"), true)
            }
            19 => {
                let lasts = Duration::from_mins(1 + dice.roll(12));
                let zone = ['a', 'b'][dice.roll(2) as usize];
                sim.befall(after, Trouble::ZoneLost { zone, lasts });
                (format!("zone {zone} is gone at {at} s for {} s", lasts.as_secs()), true)
            }
            20 => {
                sim.befall(after, Trouble::Alarm { name: "portal-5xx".to_owned(), lasts: Duration::from_mins(3) });
                (format!("an alarm at {at} s"), false)
            }
            21 => {
                sim.befall(after, Trouble::Errors { group: group(), percent: 20.0, lasts: Duration::from_mins(4) });
                (format!("errors at {at} s"), false)
            }
            22 => {
                let process = ["AZRebalance", BEFORE][dice.roll(2) as usize];
                self.switched.push((after, Label::new(process), true));
                sim.befall(after, Trouble::Resumed { group: group(), process: process.to_owned() });
                // From then on the autoscaler has its say.
                let scales = process == BEFORE;
                self.resized = self.resized.or(scales.then_some(1));
                (format!("somebody resumes {process} at {at} s"), scales)
            }
            _ => {
                // Not one that is borrowed: whose it is then, nobody could tell.
                let process = if matches!(strategy, Strategy::Native(_)) { "AZRebalance" } else { "InstanceRefresh" };
                self.switched.push((after, Label::new(process), false));
                sim.befall(after, Trouble::Suspended { group: group(), process: process.to_owned() });
                (format!("somebody suspends {process} at {at} s"), false)
            }
        };
        self.words.push(words);
        self.harm |= harm;
    }
}
