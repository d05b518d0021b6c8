//! One instance, task, pod or droplet of a group.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::ResourceId;
use super::label::Label;
use super::status::{Status, StatusClass};
use super::time::Now;

/// How a balancer sees a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberTarget {
    pub pool: ResourceId,
    pub pool_name: Label,
    pub state: Status,
    /// `health check returns 503`: reason and description in words.
    pub reason: Option<Label>,
}

/// The result of our own HTTP probe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    pub url: Label,
    /// Good when the answer was 2xx or 3xx.
    pub status: Status,
    pub latency: Option<Duration>,
    pub at: Now,
}

/// A member as its group lists it, joined with what the instance inventory and the balancers say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    pub id: ResourceId,
    /// The id as shown (`i-0aa9c1…`).
    pub label: Label,
    /// The Name tag, if it has one.
    pub name: Option<Label>,
    pub zone: Label,
    pub lifecycle: Status,
    /// What the group believes; starts healthy everywhere, so it proves little by itself.
    pub health: Status,
    pub version: Option<Label>,
    /// Protected from scale-in.
    pub protected: bool,
    pub instance_type: Option<Label>,
    pub address: Option<Label>,
    pub public_address: Option<Label>,
    pub launched: Option<Timestamp>,
    /// Power state of the instance (`running`).
    pub state: Option<Status>,
    /// Worst of the cloud's status checks.
    pub checks: Option<Status>,
    pub spot: bool,
    pub tags: Vec<(Label, Label)>,
    pub targets: Vec<MemberTarget>,
    pub probe: Option<Probe>,
}

impl Member {
    pub fn new(id: ResourceId, zone: impl Into<Label>, lifecycle: Status) -> Self {
        let label = Label::new(id.native());
        Self {
            id,
            label,
            name: None,
            zone: zone.into(),
            lifecycle,
            health: Status::default(),
            version: None,
            protected: false,
            instance_type: None,
            address: None,
            public_address: None,
            launched: None,
            state: None,
            checks: None,
            spot: false,
            tags: Vec::new(),
            targets: Vec::new(),
            probe: None,
        }
    }

    pub fn in_service(&self) -> bool {
        self.lifecycle.is_good()
    }

    /// Counts against desired: in service or on its way in. Words on the way out are moving too, so they are told apart by name.
    pub fn counts(&self) -> bool {
        match self.lifecycle.class {
            StatusClass::Good | StatusClass::Unknown => true,
            StatusClass::Moving => !self.leaving(),
            StatusClass::Parked | StatusClass::Bad => false,
        }
    }

    /// On its way out.
    pub fn leaving(&self) -> bool {
        let w = self.lifecycle.word.to_ascii_lowercase();
        w.starts_with("terminat") || w.starts_with("detach") || w.starts_with("enteringstandby") || w.starts_with("drain")
    }

    /// In service, and nothing that is known speaks against it. A target the balancer does not use yet does not serve.
    pub fn serves(&self) -> bool {
        self.in_service()
            && !self.health.is_bad()
            && self.targets.iter().all(|t| t.state.is_good())
            && !self.checks.as_ref().is_some_and(Status::is_bad)
            && !self.probe.as_ref().is_some_and(|p| p.status.is_bad())
    }

    /// The worst thing known about it, in words.
    pub fn trouble(&self) -> Option<Label> {
        if let Some(t) = self.targets.iter().find(|t| t.state.is_bad()) {
            return Some(t.reason.clone().unwrap_or_else(|| t.state.word.clone()));
        }
        if self.health.is_bad() {
            return Some(Label::new(format!("group calls it {}", self.health.word)));
        }
        if let Some(c) = self.checks.as_ref().filter(|c| c.is_bad()) {
            return Some(Label::new(format!("status checks {}", c.word)));
        }
        if let Some(p) = self.probe.as_ref().filter(|p| p.status.is_bad()) {
            return Some(Label::new(format!("probe of {}: {}", p.url, p.status.word)));
        }
        self.lifecycle.is_bad().then(|| self.lifecycle.word.clone())
    }
}
