//! How operations are carried out where nobody says otherwise: what a freeze switches off, how a redeploy goes, how long a pause keeps
//! what it borrowed. What may be done at all is the guards' to say.

use std::time::Duration;

use super::reader::{At, Gravity, Section};
use super::suggest::did_you_mean;
use crate::domain::Label;
use crate::domain::plan::guard::NEVER_SUSPENDED;
use crate::domain::plan::{BlueGreen, Leftover, RefreshPreferences, Strategy};

/// Settings of `[operations]`, or of a context's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationSettings {
    /// Processes that a freeze switches off.
    pub freeze_processes: Vec<Label>,
    /// A pause longer than this gives borrowed processes back until it goes on.
    pub pause_gives_back_after: Duration,
    pub redeploy: RedeploySettings,
}

/// Processes of a group's automation that a freeze can switch off. The one that registers members is not among them.
pub const PROCESSES: [&str; 8] =
    ["AZRebalance", "AlarmNotification", "HealthCheck", "InstanceRefresh", "Launch", "ReplaceUnhealthy", "ScheduledActions", "Terminate"];

/// Nobody comes and nobody goes; checks go on, so that what is sick shows.
const FROZEN: [&str; 7] =
    ["AZRebalance", "AlarmNotification", "InstanceRefresh", "Launch", "ReplaceUnhealthy", "ScheduledActions", "Terminate"];

impl Default for OperationSettings {
    fn default() -> Self {
        Self {
            freeze_processes: FROZEN.map(Label::new).to_vec(),
            pause_gives_back_after: Duration::from_mins(10),
            redeploy: RedeploySettings::default(),
        }
    }
}

/// What a redeploy begins with in its form, and in a script that says no more than the strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedeploySettings {
    /// One of [`STRATEGIES`]; `None`: the form offers what fits the group.
    pub strategy: Option<&'static str>,
    /// Members at a time, for surge and drain and in place.
    pub batch: u32,
    pub min_healthy_percent: u8,
    pub max_healthy_percent: u8,
    pub skip_matching: bool,
    pub auto_rollback: bool,
    /// Percent of the traffic after each step of blue/green; the last is 100.
    pub traffic_steps: Vec<u8>,
    pub traffic_pause: Duration,
    pub bake: Duration,
}

/// Words of the strategies, as [`Strategy::word`] says them.
pub const STRATEGIES: [&str; 4] = ["native", "surge-and-drain", "in-place", "blue-green"];

impl Default for RedeploySettings {
    fn default() -> Self {
        Self {
            strategy: None,
            batch: 1,
            min_healthy_percent: 100,
            max_healthy_percent: 110,
            skip_matching: false,
            auto_rollback: false,
            traffic_steps: vec![10, 50, 100],
            traffic_pause: Duration::from_mins(5),
            bake: Duration::from_mins(10),
        }
    }
}

impl RedeploySettings {
    /// The strategy of this word with these settings.
    pub fn strategy(&self, word: &str) -> Option<Strategy> {
        Some(match word {
            "native" => Strategy::Native(self.native()),
            "surge-and-drain" => Strategy::SurgeAndDrain { batch: self.batch },
            "in-place" => Strategy::InPlace { batch: self.batch },
            "blue-green" => Strategy::BlueGreen(self.blue_green()),
            _ => return None,
        })
    }

    pub fn native(&self) -> RefreshPreferences {
        RefreshPreferences {
            min_healthy_percent: Some(self.min_healthy_percent),
            max_healthy_percent: Some(self.max_healthy_percent),
            skip_matching: self.skip_matching,
            auto_rollback: self.auto_rollback,
            protected: Leftover::Ignore,
            standby: Leftover::Ignore,
            ..RefreshPreferences::default()
        }
    }

    pub fn blue_green(&self) -> BlueGreen {
        BlueGreen { version: None, steps: self.traffic_steps.clone(), pause: self.traffic_pause, bake: self.bake }
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

fn read_process(s: &Section<'_, '_>, At { value, line }: &At<String>) -> Option<Label> {
    if PROCESSES.contains(&value.as_str()) {
        return Some(Label::new(value));
    }
    let path = s.path("freeze_processes");
    if value.eq_ignore_ascii_case(NEVER_SUSPENDED) {
        s.report(*line, format!("{path}: {NEVER_SUSPENDED} is never suspended: members launched meanwhile would never be registered"));
    } else {
        let hint = did_you_mean(value, PROCESSES);
        s.report(*line, format!("{path}: there is no process \"{}\"{hint}; there are {}", Label::new(value), PROCESSES.join(", ")));
    }
    None
}

fn read_redeploy(s: &Section<'_, '_>, r: &mut RedeploySettings) {
    if let Some(At { value, line }) = s.text("strategy") {
        match STRATEGIES.into_iter().find(|w| *w == value) {
            Some(word) => r.strategy = Some(word),
            None => {
                let hint = did_you_mean(&value, STRATEGIES);
                let text =
                    format!("{}: \"{}\" is no strategy; expected {}{hint}", s.path("strategy"), Label::new(&value), STRATEGIES.join(", "));
                s.report(line, text);
            }
        }
    }
    if let Some(n) = s.whole("batch", 1..=1_000) {
        r.batch = n.value as u32;
    }
    let (min, max) = (s.whole("min_healthy_percent", 0..=100), s.whole("max_healthy_percent", 100..=200));
    r.min_healthy_percent = min.as_ref().map_or(r.min_healthy_percent, |n| n.value as u8);
    r.max_healthy_percent = max.as_ref().map_or(r.max_healthy_percent, |n| n.value as u8);
    if r.max_healthy_percent - r.min_healthy_percent > 100
        && let Some(at) = max.or(min)
    {
        let text = format!(
            "{}: lies {} above the minimum; the cloud takes at most 100",
            s.path("max_healthy_percent"),
            r.max_healthy_percent - r.min_healthy_percent
        );
        s.report(at.line, text);
    }
    if let Some(f) = s.flag("skip_matching") {
        r.skip_matching = f.value;
    }
    if let Some(f) = s.flag("auto_rollback") {
        r.auto_rollback = f.value;
    }
    if let Some(At { value, line }) = s.wholes("traffic_steps", 1..=100) {
        let steps: Vec<u8> = value.into_iter().map(|n| n as u8).collect();
        if steps.windows(2).all(|w| w[0] < w[1]) && steps.last() == Some(&100) {
            r.traffic_steps = steps;
        } else {
            s.report(line, format!("{}: expected rising percentages, the last 100", s.path("traffic_steps")));
        }
    }
    if let Some(d) = s.duration("traffic_pause", Duration::ZERO) {
        r.traffic_pause = d.value;
    }
    if let Some(d) = s.duration("bake", Duration::ZERO) {
        r.bake = d.value;
    }
    s.finish();
}

#[cfg(test)]
mod tests;
