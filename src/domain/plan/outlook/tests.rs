//! Surroundings on the card: spare capacity, the last deployment, how long it takes.

use std::sync::Arc;

use super::super::fixture::{group, id, picture, pool};
use super::super::{GuardRules, Plan, Request, ScaleRequest, make};
use super::*;
use crate::domain::metric::{Point, Series, SeriesKey};
use crate::domain::{Change, Kind, ResourceId, Rollout, Status, Verdict};

const NOW: Now = Now::new(Timestamp::constant(1_795_132_800 + 10_000, 0), Duration::from_secs(10_000));

fn behind() -> (Group, Snapshot) {
    let mut g = group(6);
    g.pools = vec![id(Kind::Pool, "portal-tg")];
    let picture = picture(&[&g], &[pool("portal-tg", &g, true)]);
    (g, picture)
}

fn with_load(mut picture: Snapshot, per_second: f64) -> Snapshot {
    let key = SeriesKey { resource: id(Kind::Pool, "portal-tg"), metric: Metric::Requests };
    let points = vec![Point { at: NOW.wall, value: per_second }];
    let series = Series { key: key.clone(), source: "test".into(), period: Duration::from_mins(1), points };
    picture.series.insert(key, Arc::new(series));
    picture
}

fn to(picture: &Snapshot, group: &ResourceId, desired: u32) -> Plan {
    make::plan(picture, &Request::Scale(ScaleRequest::to(group, desired)), &GuardRules::default(), NOW).unwrap()
}

#[test]
fn the_load_is_shared_out_among_who_is_left() {
    let (g, picture) = behind();
    let spare = |picture: &Snapshot, desired| to(picture, &g.id, desired).impact.spare.map(|s| s.to_string()).unwrap();
    assert_eq!(spare(&picture, 5), "portal-tg: 6 of 6 healthy");
    let busy = with_load(picture, 120.0);
    assert_eq!(spare(&busy, 8), "portal-tg: 6 of 6 healthy, 20/s each");
    assert_eq!(spare(&busy, 5), "portal-tg: 6 of 6 healthy, 20/s each now, 24/s with 5");
    assert_eq!(spare(&busy, 0), "portal-tg: 6 of 6 healthy, 20/s each now, nobody left to take it");
    let mut unread = pool("portal-tg", &g, true);
    unread.targets = None;
    assert_eq!(spare(&super::super::fixture::picture(&[&g], &[unread]), 5), "portal-tg: its targets are not known");
    assert_eq!(to(&super::super::fixture::snapshot(&group(6)), &g.id, 5).impact.spare, None, "behind no balancer");
}

#[test]
fn the_newest_deployment_is_told_with_who_did_it() {
    let (g, mut picture) = behind();
    let change = |n: u64, kind, title: &str, about: &ResourceId| {
        Arc::new(Change {
            id: Label::new(n.to_string()),
            at: Now::at(n).wall,
            kind,
            verdict: Verdict::Ok,
            about: Some(about.clone()),
            title: title.into(),
            detail: None,
            who: Some("ana".into()),
        })
    };
    let told = |picture: &Snapshot| to(picture, &g.id, 5).impact.last_deploy.map(|l| l.to_string());
    assert_eq!(told(&picture), None);
    let other = id(Kind::Group, "worker");
    picture.changes = vec![
        change(9_900, ChangeKind::Deploy, "worker v7 → v8", &other),
        change(9_800, ChangeKind::Scale, "portal 5 → 6", &g.id),
        change(9_700, ChangeKind::Operation, "Scale portal 5 → 6", &g.id),
        change(6_400, ChangeKind::Operation, "Redeploy portal v40 → v41", &g.id),
        change(2_800, ChangeKind::Deploy, "portal v39 → v40", &g.id),
    ];
    assert_eq!(told(&picture).as_deref(), Some("Redeploy portal v40 → v41, 1h ago by ana"));
    let mut rolled = g.clone();
    let status = Status::good("Successful");
    rolled.rollout = Some(Rollout { status, started: Some(Now::at(9_400).wall), version: Some("v41".into()), ..Rollout::default() });
    picture.groups = super::super::fixture::snapshot(&rolled).groups;
    assert_eq!(told(&picture).as_deref(), Some("instance refresh to v41 (Successful), 10m ago"));
}

#[test]
fn a_change_of_size_takes_as_long_as_launching_or_draining() {
    let (g, picture) = behind();
    assert_eq!(to(&picture, &g.id, 8).impact.takes, Some(Duration::from_mins(1)));
    assert_eq!(to(&picture, &g.id, 4).impact.takes, Some(Duration::from_mins(5)));
    assert_eq!(to(&picture, &g.id, 4).impact.healthy_least, Some((4, 4)));
    assert_eq!(to(&picture, &g.id, 8).impact.healthy_least, Some((6, 6)));
}
