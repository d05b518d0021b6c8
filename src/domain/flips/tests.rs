//! What counts as a flip, and what only looks like one.

use std::time::Duration;

use super::*;
use crate::domain::{Kind, SourceState, Target, TargetPool};

fn scope() -> Scope {
    Scope::new("fake", "1", "a")
}

fn id(kind: Kind, native: &str) -> ResourceId {
    ResourceId::new(&scope(), kind, native)
}

/// A picture of groups `(name, members)` and of one pool, read at this second.
#[derive(Clone, Default)]
struct Picture {
    joined: Joined,
}

impl Picture {
    fn read_at(mut self, kinds: &[SourceKind], second: u64) -> Self {
        for kind in kinds {
            let key = SourceKey { scope: scope(), kind: *kind };
            let mut state = SourceState::new(key.clone(), Duration::from_secs(10));
            state.read_at = Some(Now::at(second));
            self.joined.sources.insert(key, state);
        }
        self
    }

    fn group(mut self, name: &str, members: &[(&str, Status)]) -> Self {
        let mut group = Group::new(id(Kind::Group, name), Label::new(name), GroupKind::AutoScalingGroup);
        group.members = members.iter().map(|(m, lifecycle)| Member::new(id(Kind::Member, m), "a", lifecycle.clone())).collect();
        self.joined.groups.push(group);
        self
    }

    fn change_member(mut self, change: impl Fn(&mut Member)) -> Self {
        self.joined.groups.iter_mut().flat_map(|g| &mut g.members).for_each(change);
        self
    }

    fn pool(mut self, targets: Option<&[(&str, Status)]>) -> Self {
        let target = |(member, state): &(&str, Status)| Target {
            member: id(Kind::Member, member),
            label: Label::new(member),
            port: Some(80),
            zone: None,
            state: state.clone(),
            reason: state.is_bad().then(|| Label::new("503")),
        };
        self.joined.pools = vec![TargetPool {
            targets: targets.map(|t| t.iter().map(target).collect()),
            ..TargetPool::new(id(Kind::Pool, "web-tg"), "web-tg")
        }];
        self
    }
}

const FLEET: [SourceKind; 2] = [SourceKind::Groups, SourceKind::Instances];

/// Looks at pictures ten seconds apart; the titles found by each.
fn watch(flips: &mut Flips, kinds: &[SourceKind], pictures: &[Picture]) -> Vec<Vec<String>> {
    let mut known = flips.changes().len();
    pictures
        .iter()
        .zip(1_u64..)
        .map(|(picture, n)| {
            flips.observe(&picture.clone().read_at(kinds, n * 10).joined, Now::at(n * 10));
            let all = flips.changes();
            let new = all.iter().take(all.len() - known).map(|c| c.title.to_string()).collect();
            known = all.len();
            new
        })
        .collect()
}

fn serving() -> Status {
    Status::good("InService")
}

fn good() -> Status {
    Status::good("healthy")
}

fn bad() -> Status {
    Status::bad("unhealthy")
}

#[test]
fn targets_flip_when_two_reads_agree() {
    let draining = || Status::moving("draining");
    let bad_now = vec!["i-1 of web-tg unhealthy: 503".to_owned()];
    let nothing: Vec<String> = vec![];
    for (case, states, want) in [
        ("bad from the start is not news", vec![bad(), bad(), bad()], vec![nothing.clone(), nothing.clone(), nothing.clone()]),
        ("bad twice", vec![good(), bad(), bad()], vec![nothing.clone(), nothing.clone(), bad_now.clone()]),
        ("bad once", vec![good(), bad(), good(), good()], vec![nothing.clone(); 4]),
        ("bad, good, bad again", vec![good(), bad(), good(), bad()], vec![nothing.clone(); 4]),
        ("drained", vec![good(), draining(), draining()], vec![nothing.clone(); 3]),
        ("well again", vec![bad(), good(), good()], vec![nothing.clone(), nothing.clone(), vec!["i-1 of web-tg healthy again".to_owned()]]),
        ("well once", vec![bad(), good(), bad(), bad()], vec![nothing.clone(); 4]),
        ("a new one comes up bad", vec![Status::moving("initial"), bad(), bad()], vec![nothing.clone(), nothing.clone(), bad_now]),
    ] {
        let pictures: Vec<Picture> = states.iter().map(|s| Picture::default().pool(Some(&[("i-1", s.clone())]))).collect();
        assert_eq!(watch(&mut Flips::default(), &[SourceKind::Pools], &pictures), want, "{case}");
    }
}

#[test]
fn several_flips_of_a_pool_are_one_line() {
    let of = |state: Status| Picture::default().pool(Some(&[("i-1", state.clone()), ("i-2", state), ("i-3", good())]));
    let seen = watch(&mut Flips::default(), &[SourceKind::Pools], &[of(good()), of(bad()), of(bad())]);
    assert_eq!(seen[2], ["2 of web-tg unhealthy: 503"]);
}

#[test]
fn the_same_read_seen_twice_confirms_nothing() {
    let mut flips = Flips::default();
    let of = |state: Status, at| Picture::default().pool(Some(&[("i-1", state)])).read_at(&[SourceKind::Pools], at).joined;
    flips.observe(&of(good(), 1), Now::at(1));
    flips.observe(&of(bad(), 2), Now::at(2));
    assert!(flips.is_waiting());
    flips.observe(&of(bad(), 2), Now::at(3));
    assert!(flips.changes().is_empty());
    flips.observe(&of(bad(), 4), Now::at(4));
    assert_eq!(flips.changes().len(), 1);
    assert!(!flips.is_waiting());
}

#[test]
fn a_pool_that_cannot_be_read_keeps_what_was_known() {
    let pictures = [Some(bad()), None, Some(bad()), Some(good()), Some(good())]
        .map(|s| s.map_or_else(|| Picture::default().pool(None), |s| Picture::default().pool(Some(&[("i-1", s)]))));
    let mut flips = Flips::default();
    let seen = watch(&mut flips, &[SourceKind::Pools], &pictures[..3]);
    assert!(seen.iter().all(Vec::is_empty), "bad before and after a blind read is one trouble: {seen:?}");
    assert_eq!(flips.since()[&id(Kind::Member, "i-1")], Since { at: Now::at(10).wall, at_least: true });
}

#[test]
fn since_counts_from_the_first_sight_of_trouble_and_ends_with_it() {
    let mut flips = Flips::default();
    let of = |state: Status| Picture::default().pool(Some(&[("i-1", state)]));
    watch(&mut flips, &[SourceKind::Pools], &[of(good()), of(bad()), of(bad())]);
    assert_eq!(flips.since()[&id(Kind::Member, "i-1")], Since { at: Now::at(20).wall, at_least: false });
    let mut flips = Flips::default();
    watch(&mut flips, &[SourceKind::Pools], &[of(bad()), of(good()), of(good())]);
    assert!(flips.since().is_empty());
}

#[test]
fn members_come_serve_and_go() {
    let of = |members: &[(&str, Status)]| Picture::default().group("web", members);
    let pending = || Status::moving("Pending");
    let seen = watch(
        &mut Flips::default(),
        &FLEET,
        &[
            of(&[("i-1", serving())]),
            of(&[("i-1", serving()), ("i-2", pending())]),
            of(&[("i-1", serving()), ("i-2", serving())]),
            of(&[("i-1", Status::parked("Standby")), ("i-2", serving())]),
            of(&[("i-2", serving()), ("i-3", serving()), ("i-4", serving())]),
            of(&[("i-4", Status::moving("Terminating"))]),
        ],
    );
    assert_eq!(
        seen,
        [
            vec![],
            vec![],
            vec!["i-2 of web in service in a"],
            vec!["i-1 of web: Standby"],
            vec!["i-1 of web gone", "2 of web in service"],
            vec!["2 of web gone"],
        ]
    );
}

#[test]
fn groups_come_and_go() {
    let web = || Picture::default().group("web", &[("i-1", serving())]);
    let seen = watch(&mut Flips::default(), &FLEET, &[web(), web().group("api", &[("i-9", serving())]), web()]);
    assert_eq!(seen, [vec![], vec!["api is new"], vec!["api is gone"]]);
}

#[test]
fn own_checks_flip_with_their_own_source() {
    let of = |checks: Status| Picture::default().group("web", &[("i-1", serving())]).change_member(|m| m.checks = Some(checks.clone()));
    let pictures = [of(Status::good("ok")), of(Status::bad("impaired")), of(Status::bad("impaired"))];
    let seen = watch(&mut Flips::default(), &[SourceKind::Instances], &pictures);
    assert_eq!(seen[2], ["i-1 of web unhealthy: status checks impaired"]);
    let seen = watch(&mut Flips::default(), &[SourceKind::Groups], &pictures);
    assert!(seen.iter().all(Vec::is_empty), "the inventory was not read again: {seen:?}");
}

#[test]
fn who_leaves_is_not_reported_sick() {
    let of = |lifecycle: Status| {
        Picture::default()
            .group("web", &[("i-1", lifecycle)])
            .change_member(|m| m.health = if m.leaving() { Status::bad("Unhealthy") } else { good() })
    };
    let leaving = || of(Status::moving("Terminating"));
    let seen = watch(&mut Flips::default(), &FLEET, &[of(serving()), leaving(), leaving()]);
    assert!(seen.iter().all(Vec::is_empty), "{seen:?}");
}

#[test]
fn a_short_group_is_counted_from_when_it_fell_short() {
    let of = |desired: u32| {
        let mut picture = Picture::default().group("web", &[("i-1", serving())]);
        picture.joined.groups[0].desired = Some(desired);
        picture
    };
    let mut flips = Flips::default();
    watch(&mut flips, &FLEET, &[of(1), of(2), of(2)]);
    assert_eq!(flips.since()[&id(Kind::Group, "web")], Since { at: Now::at(20).wall, at_least: false });
    let mut flips = Flips::default();
    watch(&mut flips, &FLEET, &[of(2), of(1)]);
    assert!(flips.since().is_empty());
}
