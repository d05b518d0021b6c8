//! How long a slot may stay in a state before it is called stuck, and what is still to come by what was seen so far.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{Fact, Group, Member, Order, SlotState};

use super::super::known::Known;

/// What a launch may take by itself.
const LAUNCH: Duration = Duration::from_mins(10);

/// What registering, draining and ending may take beyond what the group and its pools say.
const GRACE: Duration = Duration::from_mins(5);

/// How long it waits for others to serve before it asks.
pub(super) const PATIENCE: Duration = Duration::from_mins(15);

/// Time a hook may hold a member when hooks could not be read: what the cloud allows by default.
const UNKNOWN_HOOK: Duration = Duration::from_hours(1);

/// What a launch takes where nothing is known: for the first estimate.
const USUAL_LAUNCH: Duration = Duration::from_mins(2);

/// Where a slot's time-outs come from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub drain: Duration,
    pub warmup: Duration,
    grace: Duration,
    hooks_in: Duration,
    hooks_out: Duration,
}

impl Limits {
    /// `drain`: the longest deregistration delay of the pools.
    pub fn of(group: &Group, drain: Duration, member: Option<&Member>) -> Self {
        let held = member.is_some_and(|m| m.lifecycle.word.ends_with(":Wait"));
        let hooks = |launching: bool| match &group.hooks {
            Some(hooks) => hooks.iter().filter(|h| h.launching == launching).map(|h| h.timeout).sum(),
            None if held => UNKNOWN_HOOK,
            None => Duration::ZERO,
        };
        Self {
            drain,
            warmup: group.warmup.unwrap_or_default(),
            grace: group.grace.unwrap_or_default(),
            hooks_in: hooks(true),
            hooks_out: hooks(false),
        }
    }

    pub fn state(&self, state: SlotState) -> Duration {
        match state {
            SlotState::Launching => LAUNCH + self.hooks_in,
            SlotState::Registering | SlotState::Warming => self.grace + GRACE + self.warmup * 2,
            SlotState::Draining => self.drain + GRACE,
            SlotState::Terminating => self.drain + self.hooks_out + GRACE * 2,
            _ => PATIENCE,
        }
    }

    /// What a whole slot should take.
    pub fn slot(&self, launch: Option<Duration>) -> Duration {
        launch.unwrap_or(USUAL_LAUNCH) + self.warmup + self.drain + Duration::from_mins(1)
    }
}

impl Known {
    /// How long since `at`, or since it was last told to go on.
    pub(super) fn waited(&self, at: Timestamp, now: Timestamp) -> Duration {
        let from = self.going_since().map_or(at, |r| r.max(at));
        Duration::try_from(now.duration_since(from)).unwrap_or_default()
    }

    /// It paused for exactly this reason, and a human said to go on.
    pub(super) fn is_waved_through(&self, why: &str) -> bool {
        let mut facts = self.facts.iter().map(|(_, f)| f);
        facts.any(|f| matches!(f, Fact::Ordered { order: Order::Pause, why: said, .. } if &**said == why))
            && facts.any(|f| matches!(f, Fact::Ordered { order: Order::Resume, .. }))
    }

    /// Mean time from the launch of a slot to its end, of those that ended in order.
    pub(super) fn mean_slot(&self, slots: u32) -> Option<Duration> {
        let spans: Vec<Duration> = self
            .slots(slots)
            .iter()
            .filter(|s| s.state == SlotState::Gone && s.spans.len() > 1)
            .filter_map(|s| Duration::try_from(s.spans.last()?.from.duration_since(s.spans.first()?.from)).ok())
            .collect();
        let count = u32::try_from(spans.len()).ok().filter(|n| *n > 0)?;
        Some(spans.iter().sum::<Duration>() / count)
    }
}

/// `90s`, `12m`, `2h`: for sentences about waiting.
pub(super) fn words(time: Duration) -> String {
    match time.as_secs() {
        s @ 0..120 => format!("{s}s"),
        s @ 120..7_200 => format!("{}m", s / 60),
        s => format!("{}h", s / 3_600),
    }
}
