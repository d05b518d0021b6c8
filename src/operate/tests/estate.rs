//! Operations on the simulated estate, over many seeds and with faults put in: whatever strikes, no call is made twice, and the end says
//! what is true.

use std::sync::Mutex;

use async_trait::async_trait;

use super::*;
use crate::domain::{FailureKind, ResourceId, TargetPool};
use crate::providers::sim::{Fault, Moment, Sim, SimSettings, Spot};
use crate::providers::{Provider, ProviderError};

/// Counts what passes through.
struct Witness {
    inner: Arc<dyn Operator>,
    calls: Mutex<Vec<Call>>,
}

#[async_trait]
impl Operator for Witness {
    async fn identity(&self) -> Result<Identity, ProviderError> {
        self.inner.identity().await
    }

    async fn read_group(&self, group: &ResourceId) -> Result<Group, ProviderError> {
        self.inner.read_group(group).await
    }

    async fn read_pools(&self, pools: &[ResourceId]) -> Result<Vec<TargetPool>, ProviderError> {
        self.inner.read_pools(pools).await
    }

    async fn call(&self, call: &Call) -> Result<(), ProviderError> {
        self.calls.lock().unwrap().push(call.clone());
        self.inner.call(call).await
    }
}

struct Estate {
    sim: Sim,
    witness: Arc<Witness>,
    console: Console,
    group: Group,
}

impl Estate {
    async fn of(seed: u64) -> Self {
        let sim = Sim::new(SimSettings { seed, ..SimSettings::new(Now::at(0).wall) });
        let who = |scope| Identity { scope, ..identity("anybody") };
        // The permit is granted for whom the estate says we are.
        let permit = WritePermit::grant(Access::ReadWrite, &who(sim.scope().clone())).unwrap();
        let known = sim.operator(&permit).unwrap().identity().await.unwrap();
        let permit = WritePermit::grant(Access::ReadWrite, &known).unwrap();
        let witness = Arc::new(Witness { inner: sim.operator(&permit).unwrap(), calls: Mutex::default() });
        let console = Console::with(Journal::throwaway().unwrap());
        console.operations.admit(permit, Arc::clone(&witness) as Arc<dyn Operator>);
        let id = ResourceId::new(sim.scope(), crate::domain::Kind::Group, "portal");
        let group = witness.read_group(&id).await.unwrap();
        Self { sim, witness, console, group }
    }

    fn calls(&self) -> usize {
        self.witness.calls.lock().unwrap().len()
    }

    async fn now(&self) -> Group {
        self.witness.read_group(&self.group.id).await.unwrap()
    }

    /// Up by two, to whatever end.
    async fn scale_up(&mut self) -> Operation {
        let request = ScaleRequest::to(&self.group.id, self.group.desired.unwrap() + 2);
        self.console.begin(1, fixture::plan(&self.group, &request));
        self.console.end(1).await
    }
}

#[tokio::test(start_paused = true)]
async fn scaling_up_ends_in_service_and_healthy_or_says_who_took_over() {
    let mut reached = 0;
    for seed in 1..=12 {
        let mut estate = Estate::of(seed).await;
        let want = estate.group.desired.unwrap() + 2;
        let end = estate.scale_up().await;
        assert_eq!((end.phase, estate.calls()), (Phase::Done, 1), "seed {seed}: {}", end.note);
        let now = estate.now().await;
        if now.desired == Some(want) {
            reached += 1;
            assert!(now.in_service() >= want && end.note.contains("in service and healthy"), "seed {seed}: {}", end.note);
        } else {
            assert!(end.note.contains("changed by another"), "seed {seed}: {}", end.note);
        }
        assert_eq!(end.undo_to, estate.group.desired);
    }
    assert!(reached > 0, "in some mornings the autoscaler leaves us alone");
}

#[tokio::test(start_paused = true)]
async fn chosen_members_go_and_no_others() {
    for seed in 1..=6 {
        let mut estate = Estate::of(seed).await;
        let victim = estate.group.members.iter().find(|m| m.in_service()).unwrap().id.clone();
        let request =
            ScaleRequest { victims: vec![victim.clone()], ..ScaleRequest::to(&estate.group.id, estate.group.desired.unwrap() - 1) };
        estate.console.begin(1, fixture::plan(&estate.group, &request));
        let end = estate.console.end(1).await;
        assert_eq!((end.phase, estate.calls()), (Phase::Done, 1), "seed {seed}: {}", end.note);
        if end.note.contains("gone") && !end.note.contains("another") {
            assert!(!estate.now().await.members.iter().any(|m| m.id == victim && m.counts()), "seed {seed}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn faults_never_make_a_call_happen_twice() {
    let call = |kind| Fault::new(Spot::Call, kind);
    let read = |spot| Fault::new(spot, FailureKind::Server);
    for (faults, phase, calls) in [
        (vec![call(FailureKind::Timeout).at(Moment::After)], Phase::Done, 1),
        (vec![call(FailureKind::Server).at(Moment::After), read(Spot::ReadGroup).times(2)], Phase::Done, 1),
        (vec![call(FailureKind::Throttled).times(2)], Phase::Done, 3),
        (vec![call(FailureKind::Conflict)], Phase::Failed, 1),
        (vec![call(FailureKind::Network).at(Moment::Never)], Phase::Unclear, 1),
        (vec![Fault::new(Spot::Identity, FailureKind::Auth)], Phase::Refused, 0),
        (vec![read(Spot::ReadGroup).always()], Phase::Refused, 0),
        (vec![read(Spot::ReadGroup), read(Spot::ReadPools)], Phase::Done, 1),
    ] {
        let mut estate = Estate::of(3).await;
        for fault in &faults {
            estate.sim.inject(fault.clone());
        }
        let end = estate.scale_up().await;
        assert_eq!((end.phase, estate.calls()), (phase, calls), "{faults:?}: {}", end.note);
        let entry = estate.console.entry(&end).await;
        assert_eq!(entry.steps.len(), calls, "every call has its intent");
        if phase == Phase::Refused || phase == Phase::Failed {
            estate.sim.heal();
            assert_eq!(estate.now().await.desired, estate.group.desired, "{faults:?} changed nothing");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn traffic_goes_back_to_a_group_that_still_stands() {
    let mut estate = Estate::of(3).await;
    let group = estate.group.clone();
    let pools = estate.witness.read_pools(&group.pools).await.unwrap();
    let route = pools[0].routes[0].clone();
    let [(own, _), (other, _)] = &route.weights[..] else { panic!("two pools share the rule: {route:?}") };
    // As a blue/green redeploy leaves it.
    let weights = vec![(own.clone(), 0), (other.clone(), 100)];
    estate.witness.call(&Call::SetWeights { group: group.id.clone(), rule: route.rule.clone(), weights }).await.unwrap();
    let pools = estate.witness.read_pools(&group.pools).await.unwrap();
    let from = ResourceId::new(&group.id.scope, crate::domain::Kind::Group, "portal-green");
    let request = crate::domain::Request::Reroute(crate::domain::plan::RerouteRequest { group: group.id.clone(), from });
    let picture = fixture::picture(&[&group], &pools);
    let plan = crate::domain::plan::plan(&picture, &request, &GuardRules::default(), Now::at(0)).unwrap();
    estate.console.begin(1, plan);
    let end = estate.console.end(1).await;
    assert_eq!((end.phase, estate.calls()), (Phase::Done, 2), "{}", end.note);
    assert!(end.note.contains("all traffic goes to portal"), "{}", end.note);
    let pools = estate.witness.read_pools(&group.pools).await.unwrap();
    assert_eq!(pools[0].routes[0].percent(own), Some(100));
}
