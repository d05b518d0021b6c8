//! What is read, how fresh it is, and what is being looked at.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::failure::Failure;
use super::ids::{ResourceId, Scope};
use super::label::Label;
use super::time::Now;

/// One kind of read of a provider. Each is polled, swapped and aged by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SourceKind {
    Identity,
    Groups,
    Instances,
    Pools,
    Databases,
    Caches,
    Alarms,
    /// Activities of groups: all recent, and to the known end for the focused group.
    Activities,
    /// Policies and schedules.
    Policies,
    Metrics,
    Events,
    Probes,
}

impl SourceKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Groups => "groups",
            Self::Instances => "instances",
            Self::Pools => "load balancers",
            Self::Databases => "databases",
            Self::Caches => "caches",
            Self::Alarms => "alarms",
            Self::Activities => "activities",
            Self::Policies => "policies",
            Self::Metrics => "metrics",
            Self::Events => "events",
            Self::Probes => "probes",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourceKey {
    pub scope: Scope,
    pub kind: SourceKind,
}

/// How a source stands: the four pictures of a pane come from here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceState {
    pub key: SourceKey,
    /// When the rows that are shown were read to the end; `None` = never.
    pub read_at: Option<Now>,
    /// A read is under way since.
    pub reading_since: Option<Now>,
    /// The rows shown are the first pages of a first read.
    pub partial: bool,
    /// Rows held.
    pub rows: usize,
    /// Latest failure; cleared by the next good read. The rows stay.
    pub failure: Option<Failure>,
    /// What could not be read within a good answer (`failures[]`, one unreadable pool).
    pub gaps: Vec<Label>,
    /// How often it is read at present.
    pub every: Duration,
}

impl SourceState {
    pub fn new(key: SourceKey, every: Duration) -> Self {
        Self { key, read_at: None, reading_since: None, partial: false, rows: 0, failure: None, gaps: Vec::new(), every }
    }

    /// The picture to draw.
    pub fn picture(&self, now: Now) -> Picture {
        match (&self.failure, self.read_at) {
            (Some(f), None) if self.rows == 0 => Picture::CouldNotRead(f.clone()),
            (Some(f), read_at) => Picture::Stale { age: read_at.map(|t| now.since(t)), failure: Some(f.clone()) },
            (None, Some(t)) => {
                let age = now.since(t);
                // Three missed cadences without an error: a read hangs, or the machine slept.
                if age > self.every * 3 + Duration::from_secs(5) || now.drift(t) > Duration::from_secs(30) {
                    Picture::Stale { age: Some(age.max(now.age_of(t.wall))), failure: None }
                } else {
                    Picture::Live { age }
                }
            }
            (None, None) if self.rows > 0 => Picture::Partial { rows: self.rows },
            (None, None) => Picture::NotYet,
        }
    }
}

/// "Not read yet", "could not read", "here are the first pages", "live", "stale": five different pictures.
#[derive(Clone, Debug, PartialEq)]
pub enum Picture {
    NotYet,
    Partial {
        rows: usize,
    },
    Live {
        age: Duration,
    },
    Stale {
        age: Option<Duration>,
        failure: Option<Failure>,
    },
    /// Nothing to show, and why. A `Forbidden` kind is "not allowed to read".
    CouldNotRead(Failure),
}

/// What the user looks at: polled faster, and the only thing metrics are bought for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Focus {
    /// Groups, pools and databases on screen or alarming, in screen order.
    pub visible: Vec<ResourceId>,
    /// The selected or drilled-in resource: details are read for it.
    pub selected: Option<ResourceId>,
    /// Kinds of panes in focus.
    pub kinds: Vec<SourceKind>,
    /// Groups that an operation changes: read every few seconds.
    pub operating: Vec<ResourceId>,
    /// How far back metrics go.
    pub window: Option<Duration>,
}
