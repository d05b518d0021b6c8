//! Alarms of the model: each looks once a minute at a metric of the model itself, and flips after as many minutes as it says.

use crate::domain::{Alarm, AlarmState, Change, ChangeKind, Label, Metric, ResourceId, Verdict};

use super::calendar::Millis;
use super::fleet::Tracked;
use super::scaling::{HIGH_MINUTES, LOW_MINUTES};
use super::world::World;

/// What an alarm looks at.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Watch {
    Fleet(usize, Metric),
    Store(usize, Metric),
    /// Targets of a fleet that are unhealthy.
    Unhealthy(usize),
    /// The alarm above or below a target-tracking policy.
    Policy {
        fleet: usize,
        what: Tracked,
        high: bool,
    },
    /// Fires while any of these alarms does.
    AnyOf(Vec<usize>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bell {
    pub id: ResourceId,
    pub name: Label,
    pub watch: Watch,
    pub threshold: f64,
    /// Fires when this many minutes in a row lie beyond the threshold.
    pub minutes: u32,
    pub about: Option<ResourceId>,
    pub dimensions: Vec<(Label, Label)>,
    pub state: AlarmState,
    pub since: Millis,
    pub reason: Label,
    /// Minutes in a row beyond the threshold, and the values of the last of them, newest first.
    pub run: u32,
    pub values: Vec<f64>,
    /// Fires until then, whatever it looks at.
    pub forced: Option<Millis>,
    /// Rules that keep its actions from running: name and end.
    pub mutes: Vec<(Label, Millis)>,
}

impl Bell {
    fn metric_word(&self) -> String {
        match &self.watch {
            Watch::Fleet(_, metric) | Watch::Store(_, metric) => metric.title().to_owned(),
            Watch::Unhealthy(_) => "unhealthy hosts".to_owned(),
            Watch::Policy { what: Tracked::Requests, .. } => "requests per target".to_owned(),
            Watch::Policy { what: Tracked::Cpu, .. } => "cpu".to_owned(),
            Watch::AnyOf(_) => "any of its alarms".to_owned(),
        }
    }

    fn format(&self, value: f64) -> String {
        match &self.watch {
            Watch::Fleet(_, metric) | Watch::Store(_, metric) => metric.unit().format(value),
            _ => format!("{value:.0}"),
        }
    }

    /// Rules in force that mute it.
    pub fn mutes_at(&self, now: Millis) -> impl Iterator<Item = &(Label, Millis)> {
        self.mutes.iter().filter(move |(_, end)| now < *end)
    }

    fn drives_scaling(&self) -> bool {
        matches!(self.watch, Watch::Policy { .. })
    }

    /// `5xx > 5/s for 2 of 2 minutes`.
    fn condition(&self) -> String {
        match &self.watch {
            Watch::AnyOf(_) => "any of its alarms fires".to_owned(),
            Watch::Policy { high, .. } => {
                let (sign, minutes) = if *high { (">", HIGH_MINUTES) } else { ("<", LOW_MINUTES) };
                format!("{} {sign} {} for {minutes} of {minutes} minutes", self.metric_word(), self.format(self.threshold))
            }
            _ => format!("{} > {} for {} of {} minutes", self.metric_word(), self.format(self.threshold), self.minutes, self.minutes),
        }
    }

    pub fn convert_alarm(&self, world: &World) -> Alarm {
        Alarm {
            id: self.id.clone(),
            name: self.name.clone(),
            kind: Label::new(if matches!(self.watch, Watch::AnyOf(_)) { "composite" } else { "metric" }),
            state: self.state.clone(),
            reason: self.reason.clone(),
            since: Some(world.calendar.stamp(self.since)),
            actions_enabled: true,
            drives_scaling: self.drives_scaling(),
            dimensions: self.dimensions.clone(),
            condition: Some(Label::new(self.condition())),
            muted: self.mutes_at(world.now).map(|(rule, end)| (rule.clone(), Some(world.calendar.stamp(*end)))).collect(),
            about: self.about.clone(),
        }
    }
}

impl World {
    /// Every alarm looks at the past minute; composite ones come last in the list and see the new states.
    pub fn ring_bells(&mut self) {
        for n in 0..self.bells.len() {
            let value = self.watched(n);
            let now = self.now;
            let bell = &mut self.bells[n];
            if let Some(value) = value {
                bell.values.insert(0, value);
                bell.values.truncate(bell.minutes.max(1) as usize);
                let beyond = value > bell.threshold;
                bell.run = if beyond { bell.run + 1 } else { 0 };
            }
            let state = match (&bell.watch, value) {
                _ if bell.forced.is_some_and(|end| now < end) => AlarmState::Firing,
                (Watch::Policy { .. }, Some(v)) => {
                    if v > 0.0 {
                        AlarmState::Firing
                    } else {
                        AlarmState::Ok
                    }
                }
                (_, None) => AlarmState::NoData,
                _ if bell.run >= bell.minutes => AlarmState::Firing,
                // Not enough minutes yet, or not beyond: a firing alarm goes back at the first good minute.
                _ => AlarmState::Ok,
            };
            self.flip(n, &state);
        }
    }

    /// The value an alarm compares; for a policy's alarm, 1 while it is in alarm and 0 while not.
    fn watched(&self, bell: usize) -> Option<f64> {
        match &self.bells[bell].watch {
            Watch::Fleet(fleet, metric) => self.past_minute(|at| self.fleet_metric(*fleet, *metric, at)),
            Watch::Store(store, metric) => self.past_minute(|at| self.store_metric(*store, *metric, at)),
            Watch::Unhealthy(fleet) => Some(f64::from(self.fleets[*fleet].tally.unhealthy)),
            Watch::Policy { fleet, high, .. } => {
                let tracking = self.fleets[*fleet].tracking.as_ref()?;
                Some(f64::from(u8::from(if *high { tracking.above >= HIGH_MINUTES } else { tracking.below >= LOW_MINUTES })))
            }
            Watch::AnyOf(others) => Some(others.iter().filter(|o| self.bells[**o].state == AlarmState::Firing).count() as f64),
        }
    }

    pub fn flip(&mut self, n: usize, state: &AlarmState) {
        let now = self.now;
        let bell = &mut self.bells[n];
        if bell.state == *state {
            return;
        }
        let values: Vec<String> = bell.values.iter().map(|v| format!("{v:.2}")).collect();
        bell.reason = Label::new(match (state, &bell.watch) {
            (AlarmState::NoData, _) => "Insufficient Data: no datapoints were received for the last minute.".to_owned(),
            (AlarmState::Firing, Watch::AnyOf(_)) => "one of its alarms is in state ALARM".to_owned(),
            (AlarmState::Ok, Watch::AnyOf(_)) => "all of its alarms are OK".to_owned(),
            (_, Watch::Policy { high, .. }) => format!(
                "{} {} the target of its policy",
                bell.metric_word(),
                match (state, high) {
                    (AlarmState::Firing, true) => "is above",
                    (AlarmState::Firing, false) => "is far below",
                    (_, true) => "is not above",
                    (_, false) => "is not far below",
                }
            ),
            (_, _) => format!(
                "Threshold Crossed: the last {} datapoint(s) [{}] were {}greater than the threshold ({:.2}).",
                values.len(),
                values.join(", "),
                if *state == AlarmState::Firing { "" } else { "not all " },
                bell.threshold
            ),
        });
        bell.state = state.clone();
        bell.since = now;
        // Alarms of policies flip all day long by design; the scaling they cause is told instead.
        if bell.drives_scaling() {
            return;
        }
        let value = bell.values.first().map_or_else(String::new, |v| bell.format(*v));
        let (verdict, title) = match state {
            AlarmState::Firing if matches!(bell.watch, Watch::AnyOf(_)) => (Verdict::Warning, format!("{} fires", bell.name)),
            AlarmState::Firing => (
                Verdict::Warning,
                format!("{}: {value} > {} for {} of {} minutes", bell.name, bell.format(bell.threshold), bell.minutes, bell.minutes),
            ),
            AlarmState::NoData => (Verdict::Unknown, format!("{}: no data", bell.name)),
            _ => (Verdict::Ok, format!("{} is over", bell.name)),
        };
        let (id, about, reason) = (bell.id.clone(), bell.about.clone(), bell.reason.clone());
        let change = self.change(ChangeKind::Alarm, verdict, title);
        // Named as the join names the flip it derives from the state of an alarm, so that it is listed once.
        let id = Label::new(format!("alarm {} {}", id.native(), change.at));
        self.tell_change(Change { id, about: about.or_else(|| Some(self.bells[n].id.clone())), detail: Some(reason), ..change });
    }
}
