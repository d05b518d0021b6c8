//! Preferences of the cloud's own rolling redeploy. `None` leaves a choice to the group's own settings and then to the cloud's default,
//! which is not the same as saying the default: an explicit maximum of 100 % launches before it terminates, an omitted one does both at once.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::label::Label;

/// What becomes of members that a refresh cannot simply replace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Leftover {
    /// Replaced like the others.
    Replace,
    /// Left as they are: the group ends mixed.
    #[default]
    Ignore,
    /// Waited for; the refresh fails after an hour.
    Wait,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshPreferences {
    /// 0 to 100.
    pub min_healthy_percent: Option<u8>,
    /// 100 to 200, at most 100 above the minimum, which it needs beside it.
    pub max_healthy_percent: Option<u8>,
    pub warmup: Option<Duration>,
    /// Percentages after which it waits; the last must be 100, or the rest stays old.
    pub checkpoints: Vec<u8>,
    pub checkpoint_delay: Option<Duration>,
    /// Members that already run what is wanted stay.
    pub skip_matching: bool,
    /// Goes back by itself when it fails. Needs a version named.
    pub auto_rollback: bool,
    /// How long it watches after the last replacement.
    pub bake: Option<Duration>,
    /// It fails when one of these fires.
    pub alarms: Vec<Label>,
    pub protected: Leftover,
    pub standby: Leftover,
    /// Version of the template to go to; `None`: what the group says.
    pub version: Option<Label>,
}

impl RefreshPreferences {
    /// With these shares over its own. One that is not named gives way to the other: the cloud takes at most 100 between them.
    #[must_use]
    pub fn healthy(self, min: Option<u8>, max: Option<u8>) -> Self {
        let (least, most) = match (min, max) {
            (Some(min), None) => (Some(min), self.max_healthy_percent.map(|max| max.min(min.saturating_add(100)))),
            (None, Some(max)) => (self.min_healthy_percent.map(|min| min.max(max.saturating_sub(100))), Some(max)),
            (None, None) => (self.min_healthy_percent, self.max_healthy_percent),
            named => named,
        };
        Self { min_healthy_percent: least, max_healthy_percent: most, ..self }
    }

    /// `healthy 100–110 %, skipping matching`.
    pub fn describe(&self) -> String {
        let mut words = Vec::new();
        match (self.min_healthy_percent, self.max_healthy_percent) {
            (Some(min), Some(max)) => words.push(format!("healthy {min}–{max} %")),
            (Some(min), None) => words.push(format!("healthy at least {min} %")),
            _ => {}
        }
        if let Some(version) = &self.version {
            words.push(format!("to version {version}"));
        }
        if self.skip_matching {
            words.push("skipping matching".to_owned());
        }
        if self.auto_rollback {
            words.push("rolling back by itself".to_owned());
        }
        if !self.checkpoints.is_empty() {
            let at: Vec<String> = self.checkpoints.iter().map(u8::to_string).collect();
            words.push(format!("waiting at {} %", at.join(", ")));
        }
        if words.is_empty() { "as the group says".to_owned() } else { words.join(", ") }
    }
}
