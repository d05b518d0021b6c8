//! How operations are carried out where nobody says otherwise: what a freeze switches off, how a redeploy goes, how long a pause keeps
//! what it borrowed. What may be done at all is the guards' to say.

use std::time::Duration;

use super::reader::{At, Gravity, Section};
use super::suggest::did_you_mean;
use crate::domain::Label;
use crate::domain::plan::guard::NEVER_SUSPENDED;
use crate::domain::plan::{BlueGreen, FREEZES, PROCESSES, RefreshPreferences, Strategy};

/// Settings of `[operations]`, or of a context's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationSettings {
    /// Processes that a freeze switches off.
    pub freeze_processes: Vec<Label>,
    /// A pause longer than this gives borrowed processes back until it goes on.
    pub pause_gives_back_after: Duration,
    pub redeploy: RedeploySettings,
}

impl Default for OperationSettings {
    fn default() -> Self {
        Self {
            freeze_processes: FREEZES.map(Label::new).to_vec(),
            pause_gives_back_after: Duration::from_mins(10),
            redeploy: RedeploySettings::default(),
        }
    }
}

/// What a redeploy begins with in its form, and in a script that says no more than the strategy. What is `None` is left to what fits the
/// group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RedeploySettings {
    /// One of [`Strategy::WORDS`]; `None`: the form offers what fits the group.
    pub strategy: Option<&'static str>,
    /// Members at a time, for surge and drain and in place.
    pub batch: Option<u32>,
    pub min_healthy_percent: Option<u8>,
    pub max_healthy_percent: Option<u8>,
    /// Until a new member counts, of the cloud's own refresh.
    pub warm_up: Option<Duration>,
    /// Percent at which the cloud's own refresh waits; the last is 100.
    pub checkpoints: Option<Vec<u8>>,
    pub checkpoint_delay: Option<Duration>,
    pub skip_matching: Option<bool>,
    /// Only where a version is named: the cloud must know what to go back from.
    pub auto_rollback: Option<bool>,
    /// Percent of the traffic after each step of blue/green; the last is 100.
    pub traffic_steps: Option<Vec<u8>>,
    pub traffic_pause: Option<Duration>,
    /// How long it watches after the last step, for blue/green and the cloud's own.
    pub bake: Option<Duration>,
}

impl RedeploySettings {
    /// A strategy as it fits a group, with what these settings say over it.
    pub fn over(&self, strategy: Strategy) -> Strategy {
        match strategy {
            Strategy::Native(fits) => Strategy::Native(self.native(fits)),
            Strategy::SurgeAndDrain { batch } => Strategy::SurgeAndDrain { batch: self.batch.unwrap_or(batch) },
            Strategy::InPlace { batch } => Strategy::InPlace { batch: self.batch.unwrap_or(batch) },
            Strategy::BlueGreen(fits) => Strategy::BlueGreen(BlueGreen {
                steps: self.traffic_steps.clone().unwrap_or(fits.steps),
                pause: self.traffic_pause.unwrap_or(fits.pause),
                bake: self.bake.unwrap_or(fits.bake),
                version: fits.version,
            }),
        }
    }

    fn native(&self, fits: RefreshPreferences) -> RefreshPreferences {
        RefreshPreferences {
            warmup: self.warm_up.or(fits.warmup),
            checkpoints: self.checkpoints.clone().unwrap_or_else(|| fits.checkpoints.clone()),
            checkpoint_delay: self.checkpoint_delay.or(fits.checkpoint_delay),
            skip_matching: self.skip_matching.unwrap_or(fits.skip_matching),
            auto_rollback: self.auto_rollback.unwrap_or(fits.auto_rollback) && fits.version.is_some(),
            bake: self.bake.or(fits.bake),
            ..fits.healthy(self.min_healthy_percent, self.max_healthy_percent)
        }
    }
}

/// Reads a table of settings over `settings`.
pub(super) fn read_operations(s: &Section<'_, '_>, settings: &mut OperationSettings) {
    if let Some(words) = s.texts("freeze_processes") {
        settings.freeze_processes = words.iter().filter_map(|at| read_process(s, at)).collect();
        settings.freeze_processes.sort();
        settings.freeze_processes.dedup();
    }
    if let Some(d) = s.duration("pause_gives_back_after", Duration::from_secs(10)) {
        settings.pause_gives_back_after = d.value;
    }
    if let Some(At { value, .. }) = s.table("redeploy") {
        read_redeploy(&Section::new(s.doc(), s.path("redeploy"), value, Gravity::Fatal), &mut settings.redeploy);
    }
    s.finish();
}

/// Processes of a group's automation that a freeze can switch off. The one that registers members is not among them.
fn suspendable() -> impl Iterator<Item = &'static str> {
    PROCESSES.into_iter().filter(|p| *p != NEVER_SUSPENDED)
}

fn read_process(s: &Section<'_, '_>, At { value, line }: &At<String>) -> Option<Label> {
    if suspendable().any(|p| p == value) {
        return Some(Label::new(value));
    }
    let path = s.path("freeze_processes");
    if value.eq_ignore_ascii_case(NEVER_SUSPENDED) {
        s.report(*line, format!("{path}: {NEVER_SUSPENDED} is never suspended: members launched meanwhile would never be registered"));
    } else {
        let hint = did_you_mean(value, suspendable());
        let all = suspendable().collect::<Vec<_>>().join(", ");
        s.report(*line, format!("{path}: there is no process \"{}\"{hint}; there are {all}", Label::new(value)));
    }
    None
}

fn read_redeploy(s: &Section<'_, '_>, r: &mut RedeploySettings) {
    if let Some(At { value, line }) = s.text("strategy") {
        match Strategy::WORDS.into_iter().find(|w| *w == value) {
            Some(word) => r.strategy = Some(word),
            None => {
                let hint = did_you_mean(&value, Strategy::WORDS);
                let all = Strategy::WORDS.join(", ");
                s.report(line, format!("{}: \"{}\" is no strategy; expected {all}{hint}", s.path("strategy"), Label::new(&value)));
            }
        }
    }
    let number = |key: &'static str, range| s.whole(key, range);
    r.batch = number("batch", 1..=1_000).map(|n| n.value as u32).or(r.batch);
    let (min, max) = (number("min_healthy_percent", 0..=100), number("max_healthy_percent", 100..=200));
    r.min_healthy_percent = min.as_ref().map(|n| n.value as u8).or(r.min_healthy_percent);
    r.max_healthy_percent = max.as_ref().map(|n| n.value as u8).or(r.max_healthy_percent);
    if let (Some(least), Some(most), Some(at)) = (r.min_healthy_percent, r.max_healthy_percent, max.or(min))
        && most - least > 100
    {
        let path = s.path("max_healthy_percent");
        s.report(at.line, format!("{path}: lies {} above the minimum; the cloud takes at most 100", most - least));
    }
    let flag = |key: &'static str, was: Option<bool>| s.flag(key).map(|f| f.value).or(was);
    r.skip_matching = flag("skip_matching", r.skip_matching);
    r.auto_rollback = flag("auto_rollback", r.auto_rollback);
    r.checkpoints = read_percents(s, "checkpoints").or(r.checkpoints.take());
    r.traffic_steps = read_percents(s, "traffic_steps").or(r.traffic_steps.take());
    let length = |key: &'static str, was: Option<Duration>| s.duration(key, Duration::ZERO).map(|d| d.value).or(was);
    r.warm_up = length("warm_up", r.warm_up);
    r.checkpoint_delay = length("checkpoint_delay", r.checkpoint_delay);
    r.traffic_pause = length("traffic_pause", r.traffic_pause);
    r.bake = length("bake", r.bake);
    s.finish();
}

/// Rising percentages, the last 100: what stops before leaves the rest as it is.
fn read_percents(s: &Section<'_, '_>, key: &'static str) -> Option<Vec<u8>> {
    let At { value, line } = s.wholes(key, 1..=100)?;
    let percents: Vec<u8> = value.into_iter().map(|n| n as u8).collect();
    if percents.windows(2).all(|w| w[0] < w[1]) && percents.last() == Some(&100) {
        return Some(percents);
    }
    s.report(line, format!("{}: expected rising percentages, the last 100", s.path(key)));
    None
}

#[cfg(test)]
mod tests;
