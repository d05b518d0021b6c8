//! What is asked of a fleet and how it copes: demand by the hour, and latency and errors by what is left to serve it.

use super::calendar::{Calendar, Millis};
use super::dice::Dice;
use super::fleet::Tally;

/// The work a fleet does.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Service {
    /// Requests (or jobs) per second in the busiest hour.
    pub peak: f64,
    /// What one warm machine can do per second.
    pub per_machine: f64,
    /// Response time at rest, 95th percentile, seconds.
    pub latency: f64,
    /// Hour of the model's day that is busiest, and how much of the peak is left in the quietest, 0–1.
    pub busiest: f64,
    pub night: f64,
    /// Share of the requests that need the main database.
    pub needs_database: f64,
    /// Stream of the dice.
    pub stream: u64,
}

/// More work than usual for a while: rises over `ramp`, stays for `hold`, falls over `fall`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Spike {
    pub fleet: usize,
    pub from: Millis,
    pub ramp: Millis,
    pub hold: Millis,
    pub fall: Millis,
    pub factor: f64,
}

impl Spike {
    /// The factor on demand at a moment; 1 outside.
    pub fn at(&self, at: Millis) -> f64 {
        let t = at - self.from;
        let share = if t < 0 {
            0.0
        } else if t < self.ramp {
            t as f64 / self.ramp as f64
        } else if t < self.ramp + self.hold {
            1.0
        } else if t < self.ramp + self.hold + self.fall {
            1.0 - (t - self.ramp - self.hold) as f64 / self.fall as f64
        } else {
            0.0
        };
        1.0 + (self.factor - 1.0) * share
    }
}

/// How the main database stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct DatabaseEffect {
    pub down: bool,
    /// How much slower queries are than usual: 1 = as usual.
    pub slow: f64,
}

/// What a fleet does at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reading {
    /// Requests per second that come in.
    pub demand: f64,
    /// Answers 5xx per second.
    pub errors: f64,
    /// Seconds, 95th percentile; `None` where nothing answers.
    pub latency: Option<f64>,
    /// Percent, mean over machines in service; `None` where there is none.
    pub cpu: Option<f64>,
    /// Requests per minute and target; `None` without targets.
    pub per_target: Option<f64>,
    pub healthy: u32,
}

/// Response times stop here: the balancer's and the clients' patience.
const PATIENCE: f64 = 10.0;

impl Service {
    /// Requests per second at a moment, without spikes.
    pub fn demand(&self, dice: Dice, calendar: &Calendar, at: Millis) -> f64 {
        let phase = (calendar.hour_at(at) - self.busiest) / 24.0 * std::f64::consts::TAU;
        let day = self.night + (1.0 - self.night) * f64::midpoint(1.0, phase.cos());
        (self.peak * day * (1.0 + 0.09 * dice.wander(self.stream, at))).max(0.0)
    }

    /// What becomes of `demand` with what `tally` says is there.
    ///
    /// Like a queue: response time is flat while there is room, climbs as utilisation nears one, and past it what does not fit is refused.
    pub fn reading(&self, dice: Dice, tally: &Tally, demand: f64, database: DatabaseEffect, at: Millis) -> Reading {
        // Percentiles are nervous: they wander, and differ from one look to the next.
        let nerves = dice.unit(self.stream ^ 0x99, at.div_euclid(5_000) as u64) - 0.5;
        let jitter = 1.0 + 0.05 * dice.wander(self.stream ^ 0x77, at) + 0.08 * nerves;
        // With every target unhealthy a balancer sends to all of them: what they can still do is little, but not nothing.
        let failing_open = tally.serving == 0 && tally.unhealthy > 0;
        let strength = if failing_open { f64::from(tally.unhealthy) * 0.3 } else { tally.strength as f64 / 1_000.0 };
        // Only what asks the database waits for it.
        let slow = 1.0 + (database.slow - 1.0) * self.needs_database;
        let capacity = strength * self.per_machine / slow.sqrt();
        let per_target = (tally.serving + tally.unhealthy > 0)
            .then(|| demand * 60.0 / f64::from(if failing_open { tally.unhealthy } else { tally.serving }));
        if capacity <= 0.0 {
            let cpu = (tally.in_service > 0).then_some(3.0 * jitter);
            return Reading { demand, errors: demand, latency: None, cpu, per_target, healthy: tally.serving };
        }
        let load = demand / capacity;
        let crowd = 0.35 * load.powi(6) / (1.0 - load.min(0.985)) + 4.0 * (load - 1.0).max(0.0);
        let waiting = if database.down { self.needs_database * 4.0 } else { 0.0 };
        let latency = (self.latency * (1.0 + crowd) * slow * jitter + waiting).min(PATIENCE);
        let bugs = if failing_open { 0.9 } else { tally.faulty as f64 / tally.strength.max(1) as f64 / 1_000.0 };
        let refused = (1.0 - 0.98 / load.max(0.98)).max(0.0);
        let lost = if database.down { self.needs_database } else { 0.0 };
        let failed = 1.0 - (1.0 - bugs) * (1.0 - refused) * (1.0 - lost);
        let busy = f64::from(tally.serving.max(1)) / f64::from(tally.in_service.max(1));
        let cpu = (5.0 + 76.0 * load.min(1.2) * busy.min(1.0)).min(99.0) * jitter;
        Reading {
            demand,
            errors: demand * failed,
            latency: Some(latency),
            cpu: Some(cpu.clamp(0.0, 100.0)),
            per_target,
            healthy: tally.serving,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WELL: DatabaseEffect = DatabaseEffect { down: false, slow: 1.0 };

    fn service() -> Service {
        Service { peak: 100.0, per_machine: 10.0, latency: 0.1, busiest: 14.0, night: 0.3, needs_database: 0.5, stream: 1 }
    }

    fn serving(n: u32) -> Tally {
        Tally { counted: n, in_service: n, serving: n, strength: u64::from(n) * 1_000, ..Tally::default() }
    }

    #[test]
    fn latency_and_errors_rise_with_load_and_capacity_helps() {
        let dice = Dice::new(1);
        let at = |n| service().reading(dice, &serving(n), 80.0, WELL, 0);
        let (roomy, tight, over) = (at(20), at(9), at(5));
        assert!(roomy.latency < tight.latency && tight.latency < over.latency);
        assert!(roomy.errors < 0.01 * roomy.demand, "no errors with room to spare");
        assert!(over.errors > 0.3 * over.demand, "what does not fit is refused");
        assert!(roomy.cpu < tight.cpu);
    }

    #[test]
    fn nobody_serving_means_no_latency_and_only_errors() {
        let reading = service().reading(Dice::new(1), &serving(0), 80.0, WELL, 0);
        assert_eq!((reading.latency, reading.cpu, reading.per_target, reading.errors), (None, None, None, 80.0));
    }

    #[test]
    fn all_targets_unhealthy_fail_open_but_badly() {
        let tally = Tally { counted: 4, in_service: 4, unhealthy: 4, ..Tally::default() };
        let reading = service().reading(Dice::new(1), &tally, 10.0, WELL, 0);
        assert!(reading.errors > 5.0 && reading.errors < 10.0);
        assert_eq!(reading.healthy, 0);
    }

    #[test]
    fn a_database_that_is_down_costs_the_share_that_needs_it() {
        let reading = service().reading(Dice::new(1), &serving(20), 80.0, DatabaseEffect { down: true, slow: 1.0 }, 0);
        assert!((reading.errors / reading.demand - 0.5).abs() < 0.02);
    }

    #[test]
    fn the_busiest_hour_is_busier_than_the_night() {
        let calendar = Calendar { start: jiff::Timestamp::UNIX_EPOCH, speed: 1.0, hour: 2.0 };
        let hours = |h: i64| service().demand(Dice::new(3), &calendar, h * super::super::calendar::HOUR);
        assert!(hours(12) > 2.0 * hours(0));
    }

    #[test]
    fn a_spike_rises_stays_and_falls() {
        let spike = Spike { fleet: 0, from: 100, ramp: 10, hold: 20, fall: 10, factor: 3.0 };
        for (at, want) in [(99, 1.0), (105, 2.0), (110, 3.0), (129, 3.0), (135, 2.0), (141, 1.0)] {
            assert!((spike.at(at) - want).abs() < 1e-9, "at {at}");
        }
    }
}
