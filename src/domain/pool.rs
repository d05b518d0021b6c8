//! What stands behind a balancer: target groups, classic balancers, backend services.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ids::ResourceId;
use super::label::Label;
use super::status::Status;

/// The balancer a pool hangs from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balancer {
    pub id: ResourceId,
    pub name: Label,
    /// `alb`, `nlb`, `gwlb`, `classic`.
    pub kind: Label,
    pub state: Status,
    /// `HTTPS:443`, `HTTP:80 rule 10`, …
    pub listeners: Vec<Label>,
    pub dns_name: Option<Label>,
}

/// A rule of a balancer that sends traffic to pools by weight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Rule, or the listener whose default action it is.
    pub rule: ResourceId,
    /// `HTTPS:443 rule 10`.
    pub name: Label,
    /// All pools it forwards to, with their weights.
    pub weights: Vec<(ResourceId, u32)>,
}

impl Route {
    /// Percent of the traffic that goes to a pool.
    pub fn percent(&self, pool: &ResourceId) -> Option<u8> {
        let all: u32 = self.weights.iter().map(|(_, w)| w).sum();
        let (_, own) = self.weights.iter().find(|(p, _)| p == pool)?;
        (all > 0).then(|| (u64::from(*own) * 100 / u64::from(all)) as u8)
    }
}

/// One registration: a member may stand in a pool several times, once per port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Instance id, address or ARN as registered.
    pub member: ResourceId,
    pub label: Label,
    pub port: Option<u16>,
    pub zone: Option<Label>,
    pub state: Status,
    /// Reason and description in words: `health check returns 503`.
    pub reason: Option<Label>,
}

/// A target group, classic balancer or backend service with its targets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetPool {
    pub id: ResourceId,
    pub name: Label,
    /// `target group`, `classic`, …
    pub kind: Label,
    pub protocol: Label,
    pub port: Option<u16>,
    /// `HTTP /healthz every 10s`.
    pub health_check: Option<Label>,
    pub health_path: Option<Label>,
    pub balancers: Vec<Balancer>,
    pub deregistration_delay: Option<Duration>,
    /// `None`: the targets could not be read, which is not the same as none registered.
    pub targets: Option<Vec<Target>>,
    /// Group that fills it, joined by `assemble`.
    pub groups: Vec<ResourceId>,
    /// Rules that send traffic here.
    pub routes: Vec<Route>,
}

impl TargetPool {
    /// A pool of which no more is known, for providers and tests to fill.
    pub fn new(id: ResourceId, name: impl Into<Label>) -> Self {
        Self {
            id,
            name: name.into(),
            kind: Label::new("target group"),
            protocol: Label::new("HTTP"),
            port: None,
            health_check: None,
            health_path: None,
            balancers: Vec::new(),
            deregistration_delay: None,
            targets: None,
            groups: Vec::new(),
            routes: Vec::new(),
        }
    }

    /// Healthy and all registered targets that the balancer could use; draining ones are not counted in either.
    pub fn health(&self) -> Option<(u32, u32)> {
        let targets = self.targets.as_ref()?;
        let used = targets.iter().filter(|t| !t.is_draining());
        Some((used.clone().filter(|t| t.state.is_good()).count() as u32, used.count() as u32))
    }

    pub fn draining(&self) -> u32 {
        self.targets.iter().flatten().filter(|t| t.is_draining()).count() as u32
    }

    /// Every target is unhealthy: the balancer sends to all of them, so "the site works" proves nothing.
    pub fn fails_open(&self) -> bool {
        self.health().is_some_and(|(good, all)| all > 0 && good == 0) && self.targets.iter().flatten().any(|t| t.state.is_bad())
    }
}

impl Target {
    pub fn is_draining(&self) -> bool {
        &*self.state.word == "draining"
    }
}
