//! Machines, autoscaling, determinism and size.

use std::time::Duration;

use jiff::SignedDuration;

use super::support::*;
use crate::domain::{Call, Metric, Observation, SourceKind};
use crate::providers::sim::{Sim, SimSettings};

/// Everything the estate shows, as text that can be compared.
async fn picture(sim: &Sim) -> String {
    let mut out = String::new();
    for source in
        [SourceKind::Groups, SourceKind::Pools, SourceKind::Activities, SourceKind::Events, SourceKind::Alarms, SourceKind::Metrics]
    {
        out.push_str(&format!("{:#?}", read(sim, source).await));
    }
    out
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_estate_however_time_is_cut() {
    for scenario in ["bad-deploy", "zone-outage"] {
        let (whole, cut, other) = (sim(scenario), sim(scenario), Sim::new(SimSettings { seed: 2, ..settings(scenario) }));
        whole.advance(minutes(17));
        other.advance(minutes(17));
        for step in [1_u64, 59, 120, 7, 833] {
            cut.advance(SECONDS(step));
            let _ = picture(&cut).await;
        }
        let (whole, cut, other) = (picture(&whole).await, picture(&cut).await, picture(&other).await);
        assert!(whole == cut, "{scenario}: looking more often changed the model");
        assert!(whole != other, "{scenario}: another seed gave the same estate");
    }
}

#[tokio::test(start_paused = true)]
async fn model_time_follows_the_paused_clock_at_its_speed() {
    let sim = Sim::new(SimSettings { speed: 10.0, ..settings("quiet") });
    let before = look(&sim, "portal").await.0.desired.unwrap();
    set_desired(&sim, "portal", before + 1).await.unwrap();
    tokio::time::advance(SECONDS(24)).await;
    let (group, _) = look(&sim, "portal").await;
    assert_eq!(group.in_service(), before + 1, "four model minutes passed in 24 s");
    let seen = sim.wall().duration_since(START);
    assert!(seen >= SignedDuration::from_secs(24) && seen < SignedDuration::from_secs(25), "stamps stay on the wall clock: {seen}");
}

#[tokio::test(start_paused = true)]
async fn a_launch_goes_through_pending_initial_healthy_and_warm() {
    let sim = sim("quiet");
    let before = look(&sim, "portal").await.0.desired.unwrap();
    set_desired(&sim, "portal", before + 1).await.unwrap();
    let mut seen: Vec<(u64, String)> = Vec::new();
    for second in 0..300 {
        let (group, pool) = look(&sim, "portal").await;
        let newest = sim.with(|w| w.fleets[0].machines.values().next_back().unwrap().id.clone());
        let member = group.members.iter().find(|m| m.id == newest).unwrap();
        let target = pool.unwrap().targets.unwrap().into_iter().find(|t| t.member == newest);
        let word = target.map_or_else(|| member.lifecycle.word.to_string(), |t| format!("{} {}", member.lifecycle.word, t.state.word));
        if seen.last().is_none_or(|(_, w)| *w != word) {
            seen.push((second, word));
        }
        sim.advance(SECONDS(1));
    }
    let words: Vec<&str> = seen.iter().map(|(_, w)| w.as_str()).collect();
    assert_eq!(words, ["Pending", "InService initial", "InService healthy"]);
    assert!((40..=72).contains(&seen[1].0), "in service after 40–70 s, not {}", seen[1].0);
    assert!((20..=55).contains(&(seen[2].0 - seen[1].0)), "healthy half a minute later, not {}", seen[2].0 - seen[1].0);
}

#[tokio::test(start_paused = true)]
async fn new_machines_warm_up_before_they_take_their_whole_share() {
    let sim = sim("quiet");
    let before = look(&sim, "portal").await.0.desired.unwrap();
    set_desired(&sim, "portal", before + 1).await.unwrap();
    let strength = |sim: &Sim| sim.with(|w| w.fleets[0].tally.strength);
    let full = u64::from(before) * 1_000;
    sim.advance(SECONDS(130));
    assert_eq!(strength(&sim), full + 500);
    sim.advance(SECONDS(90));
    assert_eq!(strength(&sim), full + 1_000);
}

#[tokio::test(start_paused = true)]
async fn latency_and_errors_follow_what_is_left_to_serve() {
    let sim = sim_of("[[event]]\nat = \"-10m\"\nsuspend = { group = \"portal\", processes = [\"AlarmNotification\"] }\n");
    let now = |sim: &Sim| sim.with(|w| w.reading(0, w.now));
    let before = now(&sim);
    set_desired(&sim, "portal", 3).await.unwrap();
    sim.advance(minutes(3));
    let after = now(&sim);
    assert!(after.latency > before.latency.map(|l| l * 2.0), "{before:?} {after:?}");
    assert!(after.errors > 20.0 * before.errors, "{before:?} {after:?}");
    set_desired(&sim, "portal", 8).await.unwrap();
    sim.advance(minutes(6));
    let rescued = now(&sim);
    assert!(rescued.errors < 1.0 && rescued.latency < after.latency, "{rescued:?}");
}

#[tokio::test(start_paused = true)]
async fn the_policy_waits_for_its_cooldown_and_stays_in_its_bounds() {
    let sim =
        sim_of("[[event]]\nat = \"0s\"\nspike = { group = \"portal\", factor = 2.6, ramp = \"30m\", hold = \"60m\", fall = \"1m\" }\n");
    let mut acted: Vec<(u64, u32)> = Vec::new();
    let mut last = look(&sim, "portal").await.0.desired.unwrap();
    for second in (0..2_400).step_by(5) {
        sim.advance(SECONDS(5));
        let (group, _) = look(&sim, "portal").await;
        let desired = group.desired.unwrap();
        assert!(desired <= group.max.unwrap() && desired >= group.min.unwrap());
        if desired != last {
            acted.push((second, desired));
            last = desired;
        }
    }
    assert_eq!(last, 12, "so much load wants all there is");
    assert!(acted.len() >= 2, "a slow ramp needs more than one step: {acted:?}");
    for pair in acted.windows(2) {
        assert!(pair[1].0 - pair[0].0 >= 295, "two steps within the cooldown: {acted:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_suspended_policy_does_nothing() {
    let sim = sim_of(
        "[[event]]\nat = \"-1m\"\nsuspend = { group = \"portal\", processes = [\"AlarmNotification\"] }\n\
         [[event]]\nat = \"0s\"\nspike = { group = \"portal\", factor = 3.0, ramp = \"1m\", hold = \"60m\", fall = \"1m\" }\n",
    );
    let before = look(&sim, "portal").await.0.desired;
    sim.advance(minutes(30));
    assert_eq!(look(&sim, "portal").await.0.desired, before);
}

#[tokio::test(start_paused = true)]
async fn a_group_that_watches_its_balancer_replaces_sick_members() {
    let sim = sim_of(
        "[[event]]\nat = \"1m\"\ndeploy = { group = \"api\", version = \"v32\", by = \"ci\", replace = 1, sick = 1.0, sick_after = \"10s\" }\n\
         [[event]]\nat = \"5m\"\nhalt = { group = \"api\", version = \"v31\", by = \"ci\", reason = \"bad\" }\n",
    );
    sim.advance(minutes(4));
    let (group, pool) = look(&sim, "api").await;
    assert!(pool.unwrap().targets.unwrap().iter().any(|t| t.state.is_bad()));
    assert!(group.versions().iter().any(|(v, _)| &**v == "v32"));
    sim.advance(minutes(16));
    let (group, pool) = look(&sim, "api").await;
    assert!(pool.unwrap().targets.unwrap().iter().all(|t| !t.state.is_bad()));
    assert!(group.versions().iter().all(|(v, _)| &**v == "v31"), "{:?}", group.versions());
    assert!(group.activities.unwrap().iter().any(|a| a.cause.contains("ELB system health check failure")));
}

#[tokio::test(start_paused = true)]
async fn a_schedule_wakes_and_sends_to_sleep() {
    // 09:00 UTC: the nightly reports start at 01:00 and end at 03:30.
    let sim = sim("quiet");
    assert_eq!(look(&sim, "reports").await.0.desired, Some(0));
    sim.advance(minutes(16 * 60 + 5));
    let (group, _) = look(&sim, "reports").await;
    assert_eq!((group.desired, group.in_service()), (Some(4), 4));
    assert!(group.schedules.unwrap().iter().all(|s| s.next > Some(sim.wall())));
    sim.advance(minutes(150));
    assert_eq!(look(&sim, "reports").await.0.desired, Some(0));
}

#[tokio::test(start_paused = true)]
async fn counts_never_go_wrong_whatever_is_done() {
    let sim = sim("zone-outage");
    let dice = crate::providers::sim::dice::Dice::new(99);
    for n in 0..120 {
        let name = ["portal", "web", "api", "worker", "search"][dice.between(1, n, 0, 5) as usize];
        let desired = dice.between(2, n, 0, 45) as u32;
        let _ = set_desired(&sim, name, desired).await;
        sim.advance(Duration::from_secs(dice.between(3, n, 1, 90) as u64));
        sim.with(|w| {
            for fleet in &mut w.fleets {
                let kept = fleet.tally;
                fleet.recount(w.now);
                assert_eq!(kept, fleet.tally, "{}: the running counts drifted", fleet.name);
                assert!(fleet.desired >= fleet.min && fleet.desired <= fleet.max);
            }
            for fleet in 0..w.fleets.len() {
                let reading = w.reading(fleet, w.now);
                assert!(reading.demand >= 0.0 && reading.errors >= 0.0 && reading.errors <= reading.demand * 1.0001, "{reading:?}");
                assert!(reading.latency.is_none_or(|l| l > 0.0) && reading.cpu.is_none_or(|c| (0.0..=100.0).contains(&c)), "{reading:?}");
            }
        });
    }
    // Left alone, everybody gets where it was sent.
    sim.advance(minutes(60));
    for name in ["portal", "web", "api", "worker", "search"] {
        let (group, _) = look(&sim, name).await;
        assert_eq!(group.counted(), group.desired.unwrap(), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn metrics_are_full_at_the_first_look_and_have_no_invented_points() {
    let sim = sim("bad-deploy");
    let (group, pool) = look(&sim, "portal").await;
    let pool = pool.unwrap().id;
    for (window, at_least) in [(minutes(15), 55), (minutes(60), 110), (minutes(360), 110), (minutes(1_440), 140)] {
        let focus = crate::domain::Focus { visible: vec![group.id.clone()], window: Some(window), ..Default::default() };
        let series: Vec<_> = read_focused(&sim, SourceKind::Metrics, &focus)
            .await
            .into_iter()
            .filter_map(|r| match r {
                Observation::Series(s) => Some(s),
                _ => None,
            })
            .collect();
        let errors = series.iter().find(|s| s.key.resource == pool && s.key.metric == Metric::Errors5xx).unwrap();
        assert!(errors.points.len() >= at_least, "{window:?}: {} points", errors.points.len());
        assert!(errors.points.is_sorted_by(|a, b| a.at < b.at));
        assert!(errors.points.iter().all(|p| p.at <= sim.wall() && p.value >= 0.0));
        assert!(errors.points.first().unwrap().at <= START - SignedDuration::try_from(window * 19 / 20).unwrap());
        // The bad release shows at the end and not at the beginning.
        assert!(errors.points.last().unwrap().value > 5.0);
        assert!(errors.points.first().unwrap().value < 2.0, "{window:?}: {:?}", errors.points.first());
        for wanted in [Metric::Cpu, Metric::Connections, Metric::ReplicaLag, Metric::MemoryUsed, Metric::Latency, Metric::Requests] {
            assert!(series.iter().any(|s| s.key.metric == wanted && !s.points.is_empty()), "{wanted:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_failover_is_a_gap_in_the_series_and_not_a_zero() {
    let sim = sim("db-failover");
    sim.advance(minutes(4));
    let focus = crate::domain::Focus { window: Some(minutes(15)), ..Default::default() };
    let rows = read_focused(&sim, SourceKind::Metrics, &focus).await;
    let connections = rows
        .iter()
        .find_map(|r| match r {
            Observation::Series(s) if s.key.metric == Metric::Connections && s.key.resource.native() == "hardware-mysql" => Some(s),
            _ => None,
        })
        .unwrap();
    assert!(connections.points.iter().all(|p| p.value > 0.0));
    let longest = connections.points.windows(2).map(|w| w[1].at.duration_since(w[0].at).as_secs()).max().unwrap();
    assert!(longest >= 90, "two minutes without data, the longest gap is {longest} s");
}

#[tokio::test(start_paused = true)]
async fn a_hundred_thousand_members_are_built_read_and_changed_in_sane_time() {
    #[expect(clippy::disallowed_methods, reason = "the paused clock cannot tell how long the work itself takes")]
    let started = std::time::Instant::now();
    let sim = Sim::new(SimSettings { groups: Some(1_000), members: Some(100_000), ..settings("quiet") });
    let groups = read(&sim, SourceKind::Groups).await;
    assert_eq!(groups.len(), 1_000);
    let members: usize = groups
        .iter()
        .map(|r| match r {
            Observation::Group(g) => g.members.len(),
            _ => 0,
        })
        .sum();
    assert!((99_900..=100_100).contains(&members), "{members}");
    // Only those with something to do cost anything: an hour of model time over the whole estate.
    sim.advance(minutes(60));
    let name = sim.with(|w| w.fleets.last().unwrap().name.to_string());
    let max = look(&sim, &name).await.0.max.unwrap();
    set_desired(&sim, &name, max).await.unwrap();
    sim.advance(minutes(5));
    let (group, _) = look(&sim, &name).await;
    assert_eq!(group.in_service(), max);
    operator(&sim)
        .call(&Call::TerminateMembers { group: group.id.clone(), members: group.members.iter().take(10).map(|m| m.id.clone()).collect() })
        .await
        .unwrap();
    assert_eq!(look(&sim, &name).await.0.desired, Some(max - 10));
    // Unoptimized and on a busy machine it takes a second or two; anything quadratic takes minutes.
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_deployment_keeps_zones_balanced() {
    let sim = sim("quiet");
    let (group, _) = look(&sim, "web").await;
    assert_eq!(group.versions().len(), 1, "the deployment of this morning went through");
    let zones: Vec<u32> = group.by_zone().into_iter().map(|(_, n)| n).collect();
    assert!(zones.iter().max().unwrap() - zones.iter().min().unwrap() <= 1, "{zones:?}");
}
