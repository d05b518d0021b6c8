//! The model itself: everything that exists, and a queue of what happens next.
//!
//! A discrete-event simulation: nothing is stepped that does not change, so 100,000 quiet machines cost nothing, and the state at a moment
//! does not depend on how often one looked. Load is a function of time; only once a minute the autoscalers and alarms look at it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};

use crate::domain::{Call, Change, ChangeKind, Label, Metric, ResourceId, Scope, Verdict};

use super::alarms::Bell;
use super::calendar::{Calendar, MINUTE, Millis};
use super::databases::Store;
use super::dice::Dice;
use super::fault::Faults;
use super::fleet::{Fleet, Pool, ZONES};
use super::life::Step;
use super::load::{Reading, Spike};
use super::routing::Rule;
use super::scenario::{PREROLL, Script};
use super::trouble::{Haze, Trouble};

/// Something that happens at a known time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// The autoscalers and alarms look at the past minute.
    Minute,
    /// The next event of the story, by position.
    Story(usize),
    Machine {
        fleet: usize,
        number: u64,
        step: Step,
    },
    /// A launch attempt in a closed zone gives up.
    LaunchFailed {
        fleet: usize,
        zone: u8,
        deed: u64,
        /// By the account's limits, not by the zone.
        doomed: bool,
    },
    ZoneBack(u8),
    /// A database comes up on its standby.
    FailedOver(usize),
    /// A remark of the database service about one of its databases.
    StoreSays {
        store: usize,
        verdict: Verdict,
        text: &'static str,
    },
    /// A look at an instance refresh, unless another has begun meanwhile.
    Refresh {
        fleet: usize,
        turn: u64,
    },
    /// The next trouble that was put in, by position.
    Trouble(usize),
    Schedule {
        fleet: usize,
        schedule: usize,
    },
}

/// Queue entry, ordered by time and then by the order of asking.
#[derive(Clone, Debug, PartialEq)]
struct Due {
    at: Millis,
    turn: u64,
    event: Event,
}

impl Eq for Due {}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.turn).cmp(&(other.at, other.turn))
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// An instance that no group owns.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Loner {
    pub id: ResourceId,
    pub name: Label,
    pub zone: u8,
    pub instance_type: Label,
    pub address: Label,
    pub public_address: Option<Label>,
    pub image: Label,
    pub launched: Millis,
    pub tags: Vec<(Label, Label)>,
    /// Path of our own HTTP probe; its answers need the main database.
    pub probe: Option<&'static str>,
    /// It boots again until then.
    pub rebooting: Millis,
}

/// How a zone fares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Zone {
    pub out: bool,
    /// Launches go elsewhere until then: a launch failed here.
    pub avoided_until: Option<Millis>,
}

#[derive(Clone, Debug)]
pub(super) struct World {
    pub scope: Scope,
    pub dice: Dice,
    pub calendar: Calendar,
    pub now: Millis,
    pub script: std::sync::Arc<Script>,
    pub fleets: Vec<Fleet>,
    /// Fleets of the portal app; the rest is growth.
    pub story_fleets: usize,
    pub fleet_by_id: HashMap<ResourceId, usize>,
    pub loners: Vec<Loner>,
    pub rules: Vec<Rule>,
    /// Pools that no group was born with, or whose group was deleted.
    pub spares: Vec<Pool>,
    /// Groups by the pool they fill.
    pub fillers: HashMap<ResourceId, Vec<usize>>,
    pub stores: Vec<Store>,
    pub bells: Vec<Bell>,
    pub zones: [Zone; ZONES],
    pub spikes: Vec<Spike>,
    pub faults: Faults,
    pub troubles: Vec<Trouble>,
    /// Stretches of time in which a share of a fleet's answers is 5xx whatever it does.
    pub haze: Vec<Haze>,
    /// Calls that were carried out, oldest first, bounded.
    pub done: VecDeque<(Millis, Call)>,
    /// Oldest first, bounded.
    pub changes: VecDeque<Change>,
    pub told: u64,
    /// How far reads are behind calls, and the model as it was before the calls they do not know of.
    pub read_lag: Millis,
    before: Option<(Millis, Box<World>)>,
    queue: BinaryHeap<Reverse<Due>>,
    turn: u64,
}

/// Changes kept.
const CHANGES: usize = 300;

impl World {
    pub fn new(scope: Scope, dice: Dice, calendar: Calendar, script: std::sync::Arc<Script>) -> Self {
        Self {
            scope,
            dice,
            calendar,
            now: -PREROLL,
            script,
            fleets: Vec::new(),
            story_fleets: 0,
            fleet_by_id: HashMap::new(),
            loners: Vec::new(),
            rules: Vec::new(),
            spares: Vec::new(),
            fillers: HashMap::new(),
            stores: Vec::new(),
            bells: Vec::new(),
            zones: [Zone::default(); ZONES],
            spikes: Vec::new(),
            faults: Faults::default(),
            troubles: Vec::new(),
            haze: Vec::new(),
            done: VecDeque::new(),
            changes: VecDeque::new(),
            told: 0,
            read_lag: 0,
            before: None,
            queue: BinaryHeap::new(),
            turn: 0,
        }
    }

    /// Plans an event; one in the past happens next.
    pub fn schedule(&mut self, at: Millis, event: Event) {
        self.turn += 1;
        self.queue.push(Reverse(Due { at: at.max(self.now), turn: self.turn, event }));
    }

    /// Lets everything happen up to a moment, that moment included. Going back in time does nothing.
    pub fn run_to(&mut self, to: Millis) {
        while self.queue.peek().is_some_and(|Reverse(due)| due.at <= to) {
            let Some(Reverse(due)) = self.queue.pop() else { break };
            self.now = due.at;
            self.happen(due.event);
        }
        self.now = self.now.max(to);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Minute => self.minute(),
            Event::Story(n) => self.tell(n),
            Event::Machine { fleet, number, step } => self.step(fleet, number, step),
            Event::LaunchFailed { fleet, zone, deed, doomed } => self.launch_failed(fleet, zone, deed, doomed),
            Event::Trouble(n) => self.befall(n),
            Event::Refresh { fleet, turn } => self.look_at_refresh(fleet, turn),
            Event::ZoneBack(zone) => self.zone_back(zone),
            Event::FailedOver(store) => self.failed_over(store),
            Event::StoreSays { store, verdict, text } => {
                let (id, name) = (self.stores[store].id.clone(), self.stores[store].name.clone());
                let change = self.change(ChangeKind::Database, verdict, format!("{name}: {text}"));
                self.tell_change(Change { about: Some(id), ..change });
            }
            Event::Schedule { fleet, schedule } => self.run_schedule(fleet, schedule),
        }
    }

    /// Keeps the model as it is before a call, for reads that do not know of the call yet.
    pub fn keep_for_late_readers(&mut self) {
        if self.read_lag == 0 || self.copy_for_late_readers().is_some() {
            return;
        }
        let copy = Self { before: None, read_lag: 0, ..self.clone() };
        self.before = Some((self.now + self.read_lag, Box::new(copy)));
    }

    /// The model without the latest calls, while reads lag behind them.
    pub fn copy_for_late_readers(&mut self) -> Option<&mut Self> {
        let now = self.now;
        self.before = self.before.take().filter(|(until, _)| now < *until);
        self.before.as_mut().map(|(_, copy)| &mut **copy)
    }

    /// What is looked at once a minute. Growth is left out before the start: nobody looks back at it.
    fn minute(&mut self) {
        let looked_at = if self.now < 0 { self.story_fleets } else { self.fleets.len() };
        for fleet in 0..looked_at {
            if self.fleets[fleet].gone {
                continue;
            }
            self.track(fleet);
            self.reconcile(fleet, None);
            self.balance_zones(fleet);
        }
        self.ring_bells();
        self.schedule(self.now + MINUTE, Event::Minute);
    }

    /// A change of this moment, to be filled in and told with [`Self::tell_change`]. Ids are counted, so they are stable across reads.
    pub fn change(&mut self, kind: ChangeKind, verdict: Verdict, title: impl AsRef<str>) -> Change {
        self.told += 1;
        Change {
            id: Label::new(format!("sim-{}", self.told)),
            at: self.calendar.stamp(self.now),
            kind,
            verdict,
            about: None,
            title: Label::new(title),
            detail: None,
            who: None,
        }
    }

    pub fn tell_change(&mut self, change: Change) {
        self.changes.push_back(change);
        if self.changes.len() > CHANGES {
            self.changes.pop_front();
        }
    }

    pub fn zone_name(&self, zone: u8) -> Label {
        Label::new(format!("{}{}", self.scope.region(), char::from(b'a' + zone)))
    }

    /// Requests per second that reach a fleet, as the rules share them out.
    pub fn demand(&self, fleet: usize, at: Millis) -> f64 {
        self.service_demand(self.fleets[fleet].origin.unwrap_or(fleet), at) * self.share_of(fleet, at)
    }

    /// Requests per second for the service of a fleet, whoever answers them, spikes included.
    pub fn service_demand(&self, fleet: usize, at: Millis) -> f64 {
        let spikes: f64 = self.spikes.iter().filter(|s| s.fleet == fleet).map(|s| s.at(at)).product();
        self.fleets[fleet].service.demand(self.dice, &self.calendar, at) * spikes
    }

    /// What a fleet did at a moment of the past or present.
    pub fn reading(&self, number: usize, at: Millis) -> Reading {
        let demand = self.demand(number, at);
        let fleet = &self.fleets[number];
        let mut tally = fleet.tally_at(at);
        if at < -PREROLL {
            // Before the model ran the autoscaler is taken to have kept up.
            let comfortable = (demand / 0.62 / fleet.service.per_machine * 1_000.0) as u64;
            let grown = (comfortable.max(tally.strength) as f64 / tally.strength.max(1) as f64).max(1.0);
            tally.strength = (tally.strength as f64 * grown) as u64;
            tally.faulty = (tally.faulty as f64 * grown) as u64;
        }
        let reading = fleet.service.reading(self.dice, &tally, demand, self.database_effect(at), at);
        Reading { errors: reading.errors.max(demand * self.haze_at(number, at)), ..reading }
    }

    /// A metric of a fleet or of its pool at a moment. `None` where there is nothing to measure.
    pub fn fleet_metric(&self, fleet: usize, metric: Metric, at: Millis) -> Option<f64> {
        let reading = self.reading(fleet, at);
        match metric {
            Metric::Cpu => reading.cpu,
            Metric::Requests => Some(reading.demand),
            Metric::Errors5xx => Some(reading.errors),
            Metric::Latency => reading.latency,
            Metric::HealthyHosts => Some(f64::from(reading.healthy)),
            _ => None,
        }
    }

    /// Mean over the minute before now of what `value` says; `None` where it never said anything.
    pub fn past_minute(&self, value: impl Fn(Millis) -> Option<f64>) -> Option<f64> {
        mean_over(self.now - MINUTE, self.now, value)
    }
}

/// Mean of four samples of a stretch of time, without the gaps.
pub(super) fn mean_over(from: Millis, to: Millis, value: impl Fn(Millis) -> Option<f64>) -> Option<f64> {
    let quarter = (to - from) / 4;
    let samples: Vec<f64> = (0..4).filter_map(|n| value(from + quarter * n + quarter / 2)).collect();
    (!samples.is_empty()).then(|| samples.iter().sum::<f64>() / samples.len() as f64)
}
