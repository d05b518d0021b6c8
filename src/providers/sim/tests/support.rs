//! What the tests of the model share: estates, time, and looking at a group.

use std::time::Duration;

use crate::domain::{Call, Focus, Group, Kind, Observation, ResourceId, SourceKind, TargetPool};
use crate::providers::sim::{Scenario, Sim, SimSettings};
use crate::providers::{Access, Operator, PageSink, Provider, ProviderError, WritePermit};

/// 2026-11-20 09:00 UTC.
pub const START: jiff::Timestamp = jiff::Timestamp::constant(1_795_165_200, 0);

pub const SECONDS: fn(u64) -> Duration = Duration::from_secs;

pub fn minutes(n: u64) -> Duration {
    Duration::from_secs(60 * n)
}

pub fn settings(scenario: &str) -> SimSettings {
    SimSettings { scenario: Scenario::named(scenario).unwrap(), ..SimSettings::new(START) }
}

pub fn sim(scenario: &str) -> Sim {
    Sim::new(settings(scenario))
}

/// A story of one's own on an ordinary morning.
pub fn sim_of(events: &str) -> Sim {
    let scenario = Scenario::parse("test.toml", &format!("title = \"test\"\nhour = 10.0\n{events}")).unwrap();
    Sim::new(SimSettings { scenario, ..SimSettings::new(START) })
}

/// All rows of a source.
pub async fn read(sim: &Sim, source: SourceKind) -> Vec<Observation> {
    read_focused(sim, source, &Focus::default()).await
}

pub async fn read_focused(sim: &Sim, source: SourceKind, focus: &Focus) -> Vec<Observation> {
    let (rows, end) = read_pages(sim, source, focus).await;
    end.unwrap();
    rows.into_iter().flatten().collect()
}

/// The pages of a source as they came, and how the read ended.
pub async fn read_pages(sim: &Sim, source: SourceKind, focus: &Focus) -> (Vec<Vec<Observation>>, Result<(), ProviderError>) {
    let (sink, mut pages) = PageSink::new(2);
    let collect = async {
        let mut all = Vec::new();
        while let Some(page) = pages.recv().await {
            all.push(page.rows);
        }
        all
    };
    let reading = async move { sim.read(source, focus, &sink).await };
    let (end, all) = tokio::join!(reading, collect);
    (all, end)
}

pub fn group_id(sim: &Sim, name: &str) -> ResourceId {
    ResourceId::new(sim.scope(), Kind::Group, name)
}

pub fn operator(sim: &Sim) -> std::sync::Arc<dyn Operator> {
    let identity = sim.with(|w| w.convert_identity());
    sim.operator(&WritePermit::grant(Access::ReadWrite, &identity).unwrap()).unwrap()
}

/// A group with its pool, as an operator reads them.
pub async fn look(sim: &Sim, name: &str) -> (Group, Option<TargetPool>) {
    let operator = operator(sim);
    let group = operator.read_group(&group_id(sim, name)).await.unwrap();
    let pool = operator.read_pools(&group.pools).await.unwrap().pop();
    (group, pool)
}

/// Healthy and registered targets of a group's pool.
pub async fn health(sim: &Sim, name: &str) -> (u32, u32) {
    look(sim, name).await.1.and_then(|p| p.health()).unwrap()
}

pub async fn set_desired(sim: &Sim, name: &str, desired: u32) -> Result<(), ProviderError> {
    operator(sim).call(&Call::SetDesired { group: group_id(sim, name), desired, honor_cooldown: false }).await
}

pub async fn call(sim: &Sim, call: Call) -> Result<(), ProviderError> {
    operator(sim).call(&call).await
}

/// Ids of a group's members in service, in order of launch.
pub fn in_service(sim: &Sim, name: &str) -> Vec<ResourceId> {
    use crate::providers::sim::fleet::Phase;
    sim.with(|w| {
        let fleet = w.fleet_called(name).unwrap();
        w.fleets[fleet].machines.values().filter(|m| m.phase == Phase::InService).map(|m| m.id.clone()).collect()
    })
}

/// Lifecycle word of a member; `-` once it is gone.
pub async fn lifecycle(sim: &Sim, name: &str, member: &ResourceId) -> String {
    let (group, _) = look(sim, name).await;
    group.members.iter().find(|m| m.id == *member).map_or_else(|| "-".to_owned(), |m| m.lifecycle.word.to_string())
}

/// State word of a target; `-` where it is not registered.
pub async fn target(sim: &Sim, name: &str, member: &ResourceId) -> String {
    let (_, pool) = look(sim, name).await;
    let targets = pool.and_then(|p| p.targets).unwrap_or_default();
    targets.iter().find(|t| t.member == *member).map_or_else(|| "-".to_owned(), |t| t.state.word.to_string())
}

/// Refusals: each call must be refused so, and change nothing that a fresh read shows.
pub async fn assert_refused(sim: &Sim, name: &str, calls: Vec<(Call, crate::domain::FailureKind, &str)>) {
    for (refused, kind, says) in calls {
        let before = look(sim, name).await;
        let error = call(sim, refused.clone()).await.expect_err(&format!("{refused:?} was carried out"));
        assert_eq!(error.kind, kind, "{refused:?}: {error}");
        assert!(error.message.contains(says), "{refused:?}: {error}");
        assert!(!error.maybe_done, "a refusal is certain");
        let after = look(sim, name).await;
        assert_eq!(before.0.members, after.0.members, "{refused:?}");
        assert_eq!(
            (before.0.desired, before.0.suspended, before.0.tags),
            (after.0.desired, after.0.suspended, after.0.tags),
            "{refused:?}"
        );
    }
}
