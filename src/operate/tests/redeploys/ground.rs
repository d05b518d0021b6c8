//! The estate that mornings begin on: lived through once, then copied for each seed.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::super::crash::Stage;
use super::super::*;
use super::watch::Watch;
use crate::domain::plan::{BlueGreen, RedeployRequest, RefreshPreferences, Request, Strategy, fixture, plan};
use crate::domain::{Call, Identity, Kind, Label, ResourceId};
use crate::providers::sim::{Scenario, Sim, SimSettings, Trouble};
use crate::providers::{Access, Provider, WritePermit};

/// Early, so that a member fewer is no overload.
const SCENARIO: &str = "
title = \"an early morning\"
hour = 4.0

[[event]]
at = \"-30m\"
deploy = { group = \"portal\", version = \"v42\", by = \"ci\" }

[[event]]
at = \"-30m\"
deploy = { group = \"search\", version = \"v42\", by = \"ci\" }
";

/// The template goes back: who wants the new version names it.
const BACK: &str = "
[[event]]
at = \"-20m\"
halt = { group = \"portal\", version = \"v41\", by = \"ci\", reason = \"not yet\" }

[[event]]
at = \"-20m\"
halt = { group = \"search\", version = \"4.1.7\", by = \"ci\", reason = \"not yet\" }
";

/// What somebody switched off before: never ours to switch on.
pub(in super::super) const BEFORE: &str = "AlarmNotification";

pub(in super::super) fn green() -> Strategy {
    let (pause, bake) = (Duration::from_mins(1), Duration::from_mins(2));
    Strategy::BlueGreen(BlueGreen { version: None, steps: vec![10, 50, 100], pause, bake })
}

/// Launches before it terminates; `named`: can be rolled back by the cloud.
pub(in super::super) fn native(named: bool) -> Strategy {
    Strategy::Native(RefreshPreferences {
        min_healthy_percent: Some(100),
        max_healthy_percent: Some(150),
        version: named.then(|| Label::new("v42")),
        ..RefreshPreferences::default()
    })
}

/// One group of a quiet estate, settled at a size.
pub(in super::super) struct Ground {
    sim: Sim,
    permit: WritePermit,
    pub group: ResourceId,
}

/// One morning on it.
pub(in super::super) struct Morning {
    pub sim: Sim,
    pub watch: Arc<Watch>,
    pub stage: Stage,
}

impl Ground {
    /// `portal` asks only its own checks for health, `search` its balancer too.
    pub async fn of(name: &str, desired: u32) -> Self {
        Self::on(SCENARIO, name, desired).await
    }

    /// The new version is there, but the template asks for the old one: a refresh to the new one can be rolled back.
    pub async fn with_the_template_back(name: &str, desired: u32) -> Self {
        Self::on(&format!("{SCENARIO}{BACK}"), name, desired).await
    }

    async fn on(scenario: &str, name: &str, desired: u32) -> Self {
        let scenario = Scenario::parse("early.toml", scenario).unwrap();
        let sim = Sim::new(SimSettings { scenario, ..SimSettings::new(Now::at(0).wall) });
        let who = Identity { scope: sim.scope().clone(), ..identity("anybody") };
        let any = WritePermit::grant(Access::ReadWrite, &who).unwrap();
        let known = sim.operator(&any).unwrap().identity().await.unwrap();
        let permit = WritePermit::grant(Access::ReadWrite, &known).unwrap();
        let operator = sim.operator(&permit).unwrap();
        let group = ResourceId::new(sim.scope(), Kind::Group, name);
        sim.befall(Duration::ZERO, Trouble::Released { group: name.to_owned() });
        let (warmup, drain) = (Duration::from_secs(30), Duration::from_secs(20));
        sim.befall(Duration::ZERO, Trouble::Timed { group: name.to_owned(), warmup, drain });
        operator.call(&Call::Suspend { group: group.clone(), processes: vec![Label::new(BEFORE)] }).await.unwrap();
        operator.call(&Call::SetBounds { group: group.clone(), min: 1, max: desired + 1, desired }).await.unwrap();
        sim.advance(Duration::from_mins(20));
        let (now, _) = sim.truth(&group).unwrap();
        assert_eq!((now.counted(), now.members.len()), (desired, desired as usize), "the morning is quiet");
        Self { sim, permit, group }
    }

    /// A copy of it, and the plan that the planner makes for it.
    pub fn morning(&self, seed: u64, strategy: &Strategy) -> Morning {
        let sim = self.sim.fork_as_last_seen(seed);
        let (began, origin) = (sim.wall(), Instant::now());
        let clock: Clock = Arc::new(move || {
            let mono = origin.elapsed();
            Now::new(began.checked_add(mono).unwrap(), mono)
        });
        let watch = Watch::of(&sim, sim.operator(&self.permit).unwrap(), &self.group, strategy);
        let (group, own) = sim.truth(&self.group).unwrap();
        let mut pools = group.pools.clone();
        pools.extend(own.iter().flat_map(|p| &p.routes).flat_map(|r| r.weights.iter().map(|(p, _)| p.clone())));
        pools.sort();
        pools.dedup();
        let pools = watch.pools(&pools);
        let (mut groups, mut pools) = ([group], pools);
        crate::domain::assemble::stand_in_pools(&mut groups, &mut pools);
        let request = Request::Redeploy(RedeployRequest { group: self.group.clone(), strategy: strategy.clone() });
        let rules = GuardRules { max_step_percent: 100, ..GuardRules::default() };
        let plan = plan(&fixture::picture(&[&groups[0]], &pools), &request, &rules, clock()).unwrap_or_else(|e| panic!("{e}"));
        let stage = Stage::new(Arc::clone(&watch) as Arc<dyn Operator>, self.permit.clone(), clock, plan, rules);
        Morning { sim, watch, stage }
    }
}
