//! The instance refresh: what it promises, where it stops, and that it always ends.

use std::time::Duration;

use super::support::*;
use crate::domain::plan::{Leftover, RefreshPreferences};
use crate::domain::{Call, FailureKind, Group, Label, ResourceId, Rollout};
use crate::providers::sim::{Sim, SimSettings, Trouble};

fn bounds(min: u8, max: u8) -> RefreshPreferences {
    RefreshPreferences { min_healthy_percent: Some(min), max_healthy_percent: Some(max), ..RefreshPreferences::default() }
}

async fn start(sim: &Sim, name: &str, preferences: RefreshPreferences) {
    call(sim, Call::StartRefresh { group: group_id(sim, name), preferences }).await.unwrap();
}

fn truth(sim: &Sim, name: &str) -> Group {
    sim.truth(&group_id(sim, name)).unwrap().0
}

fn rollout(sim: &Sim, name: &str) -> Rollout {
    truth(sim, name).rollout.unwrap()
}

/// Lets it run to its end, at most so long; hands every look to `see`.
fn run(sim: &Sim, name: &str, at_most: Duration, mut see: impl FnMut(&Group)) -> Rollout {
    for _ in 0..at_most.as_secs() / 5 {
        let group = truth(sim, name);
        see(&group);
        let rollout = group.rollout.unwrap();
        if !rollout.status.is_moving() {
            return rollout;
        }
        sim.advance(SECONDS(5));
    }
    panic!("not at its end after {at_most:?}: {:?}", rollout(sim, name));
}

fn quiet(seed: u64) -> Sim {
    let sim = Sim::new(SimSettings { seed, ..settings("quiet") });
    for group in ["web", "api", "portal"] {
        sim.befall(Duration::ZERO, Trouble::Suspended { group: group.into(), process: "AlarmNotification".into() });
    }
    // What the policies had begun before is through by then.
    sim.advance(minutes(6));
    sim
}

/// Healthy by the group and its balancer.
fn healthy(sim: &Sim, name: &str) -> u32 {
    let (_, pools) = sim.truth(&group_id(sim, name)).unwrap();
    pools[0].health().unwrap().0
}

#[tokio::test(start_paused = true)]
async fn all_become_new_and_healthy_capacity_is_kept_over_many_seeds() {
    for seed in 0..12 {
        for (name, min, max) in [("web", 100, 110), ("web", 90, 120), ("api", 100, 200), ("api", 100, 100), ("api", 50, 100)] {
            let sim = quiet(seed);
            let old = in_service(&sim, name);
            let desired = truth(&sim, name).desired.unwrap();
            start(&sim, name, bounds(min, max)).await;
            let floor = (desired * u32::from(min)).div_ceil(100);
            let ceiling = (desired * u32::from(max) / 100).max(desired + u32::from(min == 100));
            let mut percent = 0;
            let end = run(&sim, name, minutes(120), |group| {
                let (good, count) = (healthy(&sim, name), group.counted());
                assert!(good >= floor, "{name} {min}–{max}, seed {seed}: {good} healthy, {floor} promised");
                assert!(count <= ceiling, "{name} {min}–{max}, seed {seed}: {count} of at most {ceiling}");
                let now = group.rollout.as_ref().unwrap().percent.unwrap();
                assert!(now >= percent, "it only grows");
                percent = now;
            });
            assert_eq!((&*end.status.word, end.percent, end.left), ("Successful", Some(100), Some(0)), "{name} {min}–{max}, seed {seed}");
            assert!(end.ended > end.started);
            let group = truth(&sim, name);
            assert!(in_service(&sim, name).iter().all(|m| !old.contains(m)), "{name} {min}–{max}, seed {seed}: an old one is left");
            assert_eq!(group.in_service(), desired);
            let zones: Vec<u32> = group.by_zone().into_iter().map(|(_, n)| n).collect();
            assert!(zones.iter().max().unwrap() - zones.iter().min().unwrap() <= 1, "{zones:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_maximum_a_small_group_loses_one_before_it_gets_another() {
    let sim = quiet(1);
    let desired = truth(&sim, "api").desired.unwrap();
    start(&sim, "api", RefreshPreferences { min_healthy_percent: Some(100), ..RefreshPreferences::default() }).await;
    let (mut least, mut most) = (desired, 0);
    run(&sim, "api", minutes(180), |group| {
        least = least.min(healthy(&sim, "api"));
        most = most.max(group.counted());
    });
    assert_eq!((least, most), (desired - 1, desired));
}

#[tokio::test(start_paused = true)]
async fn a_group_that_does_not_watch_its_balancer_rolls_the_sick_through() {
    let sim = quiet(1);
    let desired = truth(&sim, "portal").desired.unwrap();
    sim.befall(Duration::ZERO, Trouble::NeverHealthy { group: "portal".into(), count: 100 });
    start(&sim, "portal", bounds(100, 150)).await;
    assert_eq!(&*run(&sim, "portal", minutes(120), |_| ()).status.word, "Successful");
    assert_eq!((healthy(&sim, "portal"), truth(&sim, "portal").in_service()), (0, desired), "all successful, and nothing works");
}

#[tokio::test(start_paused = true)]
async fn one_at_a_time_and_refusals() {
    let sim = quiet(1);
    let web = group_id(&sim, "web");
    let with = |preferences| Call::StartRefresh { group: web.clone(), preferences };
    let usual = RefreshPreferences::default;
    let cancel = Call::CancelRefresh { group: web.clone() };
    let back = Call::RollBackRefresh { group: web.clone() };
    let invalid = FailureKind::Invalid;
    assert_refused(
        &sim,
        "web",
        vec![
            (with(bounds(101, 110)), invalid, "between 0 and 100"),
            (with(bounds(90, 201)), invalid, "between 100 and 200"),
            (with(bounds(50, 160)), invalid, "not be greater than 100"),
            (with(RefreshPreferences { max_healthy_percent: Some(110), ..usual() }), invalid, "needs MinHealthyPercentage"),
            (with(RefreshPreferences { checkpoints: vec![50, 20], ..usual() }), invalid, "ascending"),
            (with(RefreshPreferences { bake: Some(Duration::from_secs(172_801)), ..usual() }), invalid, "172800"),
            (with(RefreshPreferences { auto_rollback: true, ..usual() }), invalid, "without a DesiredConfiguration"),
            (with(RefreshPreferences { alarms: vec!["nobody".into()], ..usual() }), invalid, "does not exist"),
            (with(RefreshPreferences { version: Some("v99".into()), ..usual() }), invalid, "v99"),
            (cancel.clone(), FailureKind::NotFound, "ActiveInstanceRefreshNotFound"),
            (back.clone(), FailureKind::NotFound, "ActiveInstanceRefreshNotFound"),
        ],
    )
    .await;
    start(&sim, "web", bounds(90, 110)).await;
    sim.advance(minutes(1));
    assert_refused(
        &sim,
        "web",
        vec![(with(usual()), FailureKind::Conflict, "InstanceRefreshInProgress"), (back, invalid, "IrreversibleInstanceRefresh")],
    )
    .await;
    call(&sim, cancel).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn cancelling_leaves_a_mixed_group_of_the_same_size() {
    let sim = quiet(2);
    let old = in_service(&sim, "web");
    let desired = truth(&sim, "web").desired.unwrap();
    start(&sim, "web", bounds(100, 120)).await;
    while rollout(&sim, "web").percent < Some(30) {
        sim.advance(SECONDS(5));
    }
    call(&sim, Call::CancelRefresh { group: group_id(&sim, "web") }).await.unwrap();
    assert_eq!(&*rollout(&sim, "web").status.word, "Cancelling");
    let end = run(&sim, "web", minutes(20), |_| assert!(healthy(&sim, "web") >= desired));
    assert_eq!(&*end.status.word, "Cancelled");
    sim.advance(minutes(10));
    let now = in_service(&sim, "web");
    let left = now.iter().filter(|m| old.contains(m)).count();
    assert!(left > 0 && left < old.len() && now.len() == desired as usize, "{left} old of {}", now.len());
    start(&sim, "web", bounds(100, 120)).await;
}

fn to_version(sim: &Sim, name: &str, version: &str) -> Option<Label> {
    let before = truth(sim, name).version_wanted;
    sim.befall(Duration::ZERO, Trouble::NewVersion { group: name.into(), version: version.into() });
    // The version is there, but the group still asks for the one before.
    sim.with(|w| {
        let fleet = w.fleet_called(name).unwrap();
        w.fleets[fleet].wanted -= 1;
    });
    assert_eq!(truth(sim, name).version_wanted, before);
    before
}

fn versions(sim: &Sim, name: &str) -> Vec<String> {
    truth(sim, name).versions().into_iter().map(|(v, _)| v.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_named_version_becomes_the_groups_only_at_the_end_and_can_be_rolled_back() {
    let sim = quiet(3);
    let before = to_version(&sim, "web", "v90");
    let named = RefreshPreferences { version: Some("v90".into()), ..bounds(100, 150) };
    start(&sim, "web", named.clone()).await;
    while rollout(&sim, "web").percent < Some(40) {
        sim.advance(SECONDS(5));
    }
    assert_eq!((truth(&sim, "web").version_wanted, rollout(&sim, "web").version), (before.clone(), Some("v90".into())));
    set_desired(&sim, "web", 13).await.unwrap();
    sim.advance(SECONDS(1));
    let newest =
        truth(&sim, "web").members.iter().filter(|m| &*m.lifecycle.word == "Pending").filter_map(|m| m.version.clone()).collect::<Vec<_>>();
    assert!(newest.iter().all(|v| &**v == "v90"), "scale-outs meanwhile use it: {newest:?}");
    call(&sim, Call::RollBackRefresh { group: group_id(&sim, "web") }).await.unwrap();
    let mut percent = 100;
    let end = run(&sim, "web", minutes(60), |group| {
        let now = group.rollout.as_ref().unwrap().percent.unwrap();
        assert!(now <= percent, "it runs backwards: {percent} → {now}");
        percent = now;
    });
    assert_eq!((&*end.status.word, end.percent), ("RollbackSuccessful", Some(0)));
    assert_eq!(versions(&sim, "web"), ["v88"]);
    start(&sim, "web", named).await;
    run(&sim, "web", minutes(120), |_| ());
    assert_eq!((versions(&sim, "web"), truth(&sim, "web").version_wanted), (vec!["v90".to_owned()], Some("v90".into())));
}

#[tokio::test(start_paused = true)]
async fn skip_matching_replaces_only_what_differs() {
    let sim = quiet(4);
    let old = in_service(&sim, "web");
    start(&sim, "web", RefreshPreferences { skip_matching: true, ..bounds(100, 110) }).await;
    assert_eq!(&*run(&sim, "web", minutes(5), |_| ()).status.word, "Successful");
    assert_eq!(in_service(&sim, "web"), old, "nothing differed");
}

#[tokio::test(start_paused = true)]
async fn checkpoints_wait_and_a_last_one_below_a_hundred_leaves_the_rest() {
    let sim = quiet(5);
    let old = in_service(&sim, "web");
    let delay = minutes(15);
    start(&sim, "web", RefreshPreferences { checkpoints: vec![25, 50], checkpoint_delay: Some(delay), ..bounds(100, 125) }).await;
    let mut waited = 0;
    let end = run(&sim, "web", minutes(120), |group| {
        waited += u64::from(group.rollout.as_ref().unwrap().reason.as_ref().is_some_and(|r| r.contains("checkpoint"))) * 5;
    });
    assert!(waited >= 2 * delay.as_secs() - 20 && waited <= 2 * delay.as_secs() + 20, "{waited} s at two checkpoints");
    assert!(&*end.status.word == "Successful" && end.percent >= Some(50) && end.percent < Some(60), "{end:?}");
    assert_eq!(in_service(&sim, "web").iter().filter(|m| old.contains(m)).count(), old.len() / 2);
}

#[tokio::test(start_paused = true)]
async fn it_bakes_before_it_succeeds_and_an_alarm_takes_it_back() {
    for (fires, end) in [(false, "Successful"), (true, "RollbackSuccessful")] {
        let sim = quiet(6);
        to_version(&sim, "api", "v32");
        let preferences = RefreshPreferences {
            version: Some("v32".into()),
            auto_rollback: true,
            bake: Some(minutes(10)),
            alarms: vec!["api-p95".into()],
            ..bounds(100, 200)
        };
        start(&sim, "api", preferences).await;
        while &*rollout(&sim, "api").status.word != "Baking" {
            assert!(rollout(&sim, "api").status.is_moving());
            sim.advance(SECONDS(5));
        }
        if fires {
            sim.befall(Duration::ZERO, Trouble::Alarm { name: "api-p95".into(), lasts: minutes(5) });
        }
        let began = sim.wall();
        assert_eq!(&*run(&sim, "api", minutes(60), |_| ()).status.word, end);
        assert!(fires || sim.wall().duration_since(began).as_secs() >= 590);
        assert_eq!(versions(&sim, "api"), [if fires { "v31" } else { "v32" }]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_alarm_fails_it_where_there_is_no_way_back() {
    let sim = quiet(7);
    start(&sim, "api", RefreshPreferences { alarms: vec!["api-p95".into()], ..bounds(100, 120) }).await;
    sim.befall(minutes(4), Trouble::Alarm { name: "api-p95".into(), lasts: minutes(5) });
    let end = run(&sim, "api", minutes(60), |_| ());
    assert_eq!(&*end.status.word, "Failed");
    assert!(end.reason.unwrap().contains("api-p95 is in ALARM"));
}

#[tokio::test(start_paused = true)]
async fn protected_and_parked_members_are_left_replaced_or_waited_for() {
    for (leftover, word, left) in [(Leftover::Ignore, "Successful", 2), (Leftover::Replace, "Successful", 0), (Leftover::Wait, "Failed", 2)]
    {
        let sim = quiet(8);
        let all: Vec<ResourceId> = in_service(&sim, "web");
        let web = group_id(&sim, "web");
        call(&sim, Call::Protect { group: web.clone(), members: all[..1].to_vec(), on: true }).await.unwrap();
        call(&sim, Call::EnterStandby { group: web.clone(), members: all[1..2].to_vec(), replace: false }).await.unwrap();
        sim.advance(minutes(3));
        start(&sim, "web", RefreshPreferences { protected: leftover, standby: leftover, ..bounds(100, 200) }).await;
        let end = run(&sim, "web", minutes(180), |_| ());
        assert_eq!(&*end.status.word, word, "{leftover:?}: {end:?}");
        sim.advance(minutes(5));
        let here = truth(&sim, "web").members;
        assert_eq!(all[..2].iter().filter(|m| here.iter().any(|h| h.id == **m)).count(), left, "{leftover:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn suspending_it_pauses_it_and_a_broken_version_ends_it() {
    let sim = quiet(9);
    let web = group_id(&sim, "web");
    let desired = truth(&sim, "web").desired.unwrap();
    start(&sim, "web", bounds(100, 120)).await;
    sim.advance(minutes(4));
    call(&sim, Call::Suspend { group: web.clone(), processes: vec!["InstanceRefresh".into()] }).await.unwrap();
    sim.advance(minutes(4));
    let paused = in_service(&sim, "web");
    sim.advance(minutes(90));
    assert_eq!(in_service(&sim, "web"), paused);
    assert!(rollout(&sim, "web").status.is_moving(), "a pause is no failure");
    sim.befall(Duration::ZERO, Trouble::NeverHealthy { group: "web".into(), count: 1_000 });
    call(&sim, Call::ResumeProcesses { group: web, processes: vec!["InstanceRefresh".into()] }).await.unwrap();
    let end = run(&sim, "web", minutes(240), |_| assert!(healthy(&sim, "web") >= desired));
    assert_eq!(&*end.status.word, "Failed", "{end:?}");
}

/// Whatever befalls it, it ends, and the group with it.
#[tokio::test(start_paused = true)]
async fn it_always_ends() {
    for seed in 0..20_u64 {
        let sim = quiet(seed);
        let after = |n: u64| SECONDS(40 + (seed * 97 + n * 131) % 600);
        sim.befall(after(1), Trouble::FailedLaunches { group: "web".into(), count: (seed % 5) as u32 });
        sim.befall(after(2), Trouble::NeverHealthy { group: "web".into(), count: (seed % 3) as u32 });
        sim.befall(after(3), Trouble::Resized { group: "web".into(), desired: 8 + (seed % 7) as u32 });
        sim.befall(after(4), Trouble::Loss { group: "web".into(), count: 2 });
        sim.befall(after(5), Trouble::ZoneLost { zone: ['a', 'b', 'c'][(seed % 3) as usize], lasts: minutes(9) });
        start(&sim, "web", bounds(if seed % 2 == 0 { 100 } else { 80 }, 120)).await;
        let end = run(&sim, "web", minutes(600), |_| ());
        assert!(matches!(&*end.status.word, "Successful" | "Failed"), "seed {seed}: {end:?}");
        sim.advance(minutes(60));
        let group = truth(&sim, "web");
        assert_eq!(Some(group.counted()), group.desired, "seed {seed}");
    }
}
