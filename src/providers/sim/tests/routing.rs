//! A second group beside the first: cloned into the other pool of a rule, given traffic by weight, and taken away again.

use super::support::*;
use crate::domain::{Call, FailureKind, Kind, Label, Observation, ResourceId, SourceKind};
use crate::providers::Provider;
use crate::providers::sim::{Sim, Trouble};

struct Colors {
    blue: ResourceId,
    green: ResourceId,
    rule: ResourceId,
}

async fn colors(sim: &Sim) -> Colors {
    let (_, pool) = look(sim, "portal").await;
    let pool = pool.unwrap();
    let [route] = &pool.routes[..] else { panic!("one rule, not {:?}", pool.routes) };
    assert_eq!(route.rule.kind, Kind::Rule);
    let [(blue, 100), (green, 0)] = &route.weights[..] else { panic!("{:?}", route.weights) };
    assert_eq!(*blue, pool.id);
    Colors { blue: blue.clone(), green: green.clone(), rule: route.rule.clone() }
}

fn clone_of(sim: &Sim, name: &str, version: Option<&str>, pool: &ResourceId, desired: u32) -> Call {
    let version = version.map(Label::new);
    Call::CloneGroup { group: group_id(sim, "portal"), name: name.into(), version, pool: pool.clone(), min: 0, max: 12, desired }
}

fn weights(sim: &Sim, c: &Colors, blue: u32, green: u32) -> Call {
    Call::SetWeights {
        group: group_id(sim, "portal"),
        rule: c.rule.clone(),
        weights: vec![(c.blue.clone(), blue), (c.green.clone(), green)],
    }
}

/// Requests per second at both pools.
fn traffic(sim: &Sim, c: &Colors) -> (f64, f64) {
    sim.with(|w| (w.pool_traffic(&c.blue, w.now).0, w.pool_traffic(&c.green, w.now).0))
}

#[tokio::test(start_paused = true)]
async fn the_portal_stands_behind_a_rule_with_an_idle_second_pool() {
    let sim = sim("quiet");
    let c = colors(&sim).await;
    let pools: Vec<_> = read(&sim, SourceKind::Pools)
        .await
        .into_iter()
        .filter_map(|r| match r {
            Observation::Pool(p) => Some(p),
            _ => None,
        })
        .collect();
    let green = pools.iter().find(|p| p.id == c.green).expect("it is listed though nobody fills it");
    assert_eq!((green.targets.as_ref().unwrap().len(), green.routes[0].percent(&c.green)), (0, Some(0)));
    for pool in &pools {
        assert_eq!(pool.routes.len(), 1, "{}: every pool says who sends to it", pool.name);
    }
}

#[tokio::test(start_paused = true)]
async fn traffic_and_load_follow_the_weights() {
    let sim = sim("quiet");
    let c = colors(&sim).await;
    sim.befall(SECONDS(0), Trouble::NewVersion { group: "portal".into(), version: "v43".into() });
    let size = look(&sim, "portal").await.0.desired.unwrap();
    call(&sim, Call::Suspend { group: group_id(&sim, "portal"), processes: vec!["AlarmNotification".into()] }).await.unwrap();
    call(&sim, clone_of(&sim, "portal-green", Some("v43"), &c.green, size)).await.unwrap();
    sim.advance(minutes(5));
    let (group, pool) = look(&sim, "portal-green").await;
    assert_eq!((group.in_service(), group.pools.clone()), (size, vec![c.green.clone()]));
    assert_eq!(pool.unwrap().health(), Some((size, size)));
    assert!(group.members.iter().all(|m| m.version.as_deref() == Some("v43")));
    assert!(group.policies.unwrap().is_empty() && group.suspended.is_empty() && group.created.is_some());
    let (before, none) = traffic(&sim, &c);
    assert!(before > 50.0 && none == 0.0);
    let held = |sim: &Sim| sim.with(|w| w.store_metric(0, crate::domain::Metric::Connections, w.now).unwrap());
    for (blue, green) in [(75, 25), (50, 50), (0, 100)] {
        call(&sim, weights(&sim, &c, blue, green)).await.unwrap();
        let (b, g) = traffic(&sim, &c);
        assert!((b / (b + g) * 100.0 - f64::from(blue)).abs() < 1.0, "{blue}:{green} gave {b}:{g}");
        let (_, pool) = look(&sim, "portal-green").await;
        assert_eq!(pool.unwrap().routes[0].percent(&c.green), Some(green as u8));
        sim.advance(minutes(3));
    }
    let cpu = |sim: &Sim, name: &str| sim.with(|w| w.reading(w.fleet_called(name).unwrap(), w.now).cpu.unwrap());
    assert!(cpu(&sim, "portal-green") > cpu(&sim, "portal") + 20.0);
    let (group, _) = look(&sim, "portal-green").await;
    let pools = operator(&sim).read_pools(&group.pools).await.unwrap();
    let signals = operator(&sim).read_signals(&group, &pools).await.unwrap();
    assert!(signals.errors_percent.unwrap() < 1.0, "{signals:?}");
    let both = held(&sim);
    // The old one goes: its pool stays for the next time.
    call(&sim, Call::DeleteGroup { group: group_id(&sim, "portal") }).await.unwrap();
    let (group, _) = look(&sim, "portal").await;
    assert_eq!(group.status.map(|s| s.word.to_string()), Some("Delete in progress".into()));
    let error = set_desired(&sim, "portal", 3).await.unwrap_err();
    assert!(error.message.contains("is pending delete"), "{error}");
    sim.advance(minutes(4));
    assert!(sim.truth(&group_id(&sim, "portal")).is_none());
    let blue = operator(&sim).read_pools(std::slice::from_ref(&c.blue)).await.unwrap().remove(0);
    assert_eq!((blue.targets.unwrap().len(), blue.routes.len()), (0, 1));
    assert!(held(&sim) < both, "its connections went with it");
    call(
        &sim,
        Call::CloneGroup {
            group: group_id(&sim, "portal-green"),
            name: "portal".into(),
            version: None,
            pool: c.blue.clone(),
            min: 0,
            max: 6,
            desired: 2,
        },
    )
    .await
    .expect("the name is free again");
    sim.advance(minutes(5));
    assert_eq!(health(&sim, "portal").await, (2, 2));
}

#[tokio::test(start_paused = true)]
async fn traffic_to_a_pool_with_nobody_in_it_is_lost() {
    let sim = sim("quiet");
    let c = colors(&sim).await;
    call(&sim, weights(&sim, &c, 50, 50)).await.unwrap();
    sim.advance(minutes(3));
    let pools = operator(&sim).read_pools(&[c.blue.clone(), c.green.clone()]).await.unwrap();
    let (group, _) = look(&sim, "portal").await;
    let percent = operator(&sim).read_signals(&group, &pools).await.unwrap().errors_percent.unwrap();
    assert!((49.0..52.0).contains(&percent), "{percent}");
}

#[tokio::test(start_paused = true)]
async fn refusals_about_copies_and_weights() {
    let sim = sim("quiet");
    let c = colors(&sim).await;
    let nowhere = ResourceId::new(sim.scope(), Kind::Pool, "arn:none");
    let no_rule = Colors { rule: ResourceId::new(sim.scope(), Kind::Rule, "arn:none"), ..colors(&sim).await };
    let strange = Colors { green: nowhere.clone(), ..colors(&sim).await };
    let bounds = Call::CloneGroup {
        group: group_id(&sim, "portal"),
        name: "x".into(),
        version: None,
        pool: c.green.clone(),
        min: 3,
        max: 2,
        desired: 3,
    };
    assert_refused(
        &sim,
        "portal",
        vec![
            (clone_of(&sim, "web", None, &c.green, 2), FailureKind::Invalid, "AlreadyExists"),
            (clone_of(&sim, "", None, &c.green, 2), FailureKind::Invalid, "1 to 255"),
            (clone_of(&sim, "x", Some("v99"), &c.green, 2), FailureKind::Invalid, "Could not find launch template version v99"),
            (clone_of(&sim, "x", None, &nowhere, 2), FailureKind::NotFound, "TargetGroupNotFound"),
            (bounds, FailureKind::Invalid, "Max bound, 2"),
            (weights(&sim, &no_rule, 1, 1), FailureKind::NotFound, "RuleNotFound"),
            (weights(&sim, &strange, 1, 1), FailureKind::NotFound, "TargetGroupNotFound"),
            (weights(&sim, &c, 1_000, 0), FailureKind::Invalid, "0 to 999"),
        ],
    )
    .await;
    assert!(sim.truth(&group_id(&sim, "x")).is_none());
}
