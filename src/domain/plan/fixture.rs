//! Groups and snapshots for the tests of plans, journal and operations.

use std::sync::Arc;
use std::time::Duration;

use super::super::group::{Group, GroupKind};
use super::super::ids::{Kind, ResourceId, Scope};
use super::super::label::Label;
use super::super::member::{Member, MemberTarget};
use super::super::pool::{Balancer, Route, Target, TargetPool};
use super::super::snapshot::{Judged, Snapshot};
use super::super::status::Status;
use super::super::time::Now;
use super::super::verdict::Assessment;
use super::{GuardRules, Plan, ScaleRequest, plan_scale};

pub(crate) fn scope() -> Scope {
    Scope::new("test", "471100000000", "eu-central-1")
}

pub(crate) fn id(kind: Kind, native: &str) -> ResourceId {
    ResourceId::new(&scope(), kind, native)
}

pub(crate) fn member_id(n: u32) -> ResourceId {
    id(Kind::Member, &format!("i-{n:02}"))
}

pub(crate) fn pool_id() -> ResourceId {
    id(Kind::Pool, "portal-tg")
}

/// In service, healthy, on `v41`, launched `n` minutes after the epoch of tests; behind no balancer.
pub(crate) fn member(n: u32, zone: &str) -> Member {
    let mut m = Member::new(member_id(n), zone, Status::good("InService"));
    m.health = Status::good("Healthy");
    m.version = Some(Label::new("v41"));
    m.launched = Some(Now::at(u64::from(n) * 60).wall);
    m
}

/// How the balancer sees a member.
pub(crate) fn target(state: Status, reason: Option<&str>) -> MemberTarget {
    MemberTarget { pool: pool_id(), pool_name: Label::new("portal-tg"), state, reason: reason.map(Label::new) }
}

/// `portal`: members 1… alternating over zones a and b, bounds 2–12, nothing under way, nothing that acts by itself.
pub(crate) fn group(desired: u32) -> Group {
    let mut g = Group::new(id(Kind::Group, "portal"), Label::new("portal"), GroupKind::AutoScalingGroup);
    g.zones = vec![Label::new("a"), Label::new("b")];
    (g.min, g.max, g.desired) = (Some(2), Some(12), Some(desired));
    g.members = (1..=desired).map(|n| member(n, if n % 2 == 1 { "a" } else { "b" })).collect();
    g.version_wanted = Some(Label::new("v41"));
    g.warmup = Some(Duration::from_mins(1));
    g.grace = Some(Duration::from_mins(2));
    g.termination_policies = vec![Label::new("OldestInstance")];
    (g.policies, g.schedules, g.activities) = (Some(Vec::new()), Some(Vec::new()), Some(Vec::new()));
    g
}

pub(crate) fn snapshot(group: &Group) -> Snapshot {
    Snapshot { groups: vec![Arc::new(Judged { item: group.clone(), assessment: Assessment::default() })], ..Snapshot::default() }
}

/// The plan for `request`, which must be possible.
pub(crate) fn plan(group: &Group, request: &ScaleRequest) -> Plan {
    plan_scale(&snapshot(group), request, &GuardRules::default(), Now::at(0)).expect("the test asks for a change that can be planned")
}

/// The plan to go to `desired`.
pub(crate) fn scale_to(group: &Group, desired: u32) -> Plan {
    plan(group, &ScaleRequest::to(&group.id, desired))
}

/// A pool `name` behind an application balancer; the group's members all stand in it, healthy, where `full`.
pub(crate) fn pool(name: &str, group: &Group, full: bool) -> TargetPool {
    let mut pool = TargetPool::new(id(Kind::Pool, name), Label::new(name));
    pool.port = Some(80);
    pool.deregistration_delay = Some(Duration::from_mins(5));
    pool.balancers = vec![Balancer {
        id: id(Kind::Balancer, "portal-alb"),
        name: Label::new("portal-alb"),
        kind: Label::new("alb"),
        state: Status::good("active"),
        listeners: vec![Label::new("HTTPS:443")],
        dns_name: None,
    }];
    let registered = |m: &Member| Target {
        member: m.id.clone(),
        label: m.label.clone(),
        port: Some(80),
        zone: Some(m.zone.clone()),
        state: Status::good("healthy"),
        reason: None,
    };
    pool.targets = Some(if full { group.members.iter().map(registered).collect() } else { Vec::new() });
    pool
}

/// A rule that shares its traffic between pools by weight.
pub(crate) fn route(weights: &[(&str, u32)]) -> Route {
    Route {
        rule: id(Kind::Rule, "rule-10"),
        name: Label::new("HTTPS:443 rule 10"),
        weights: weights.iter().map(|(name, weight)| (id(Kind::Pool, name), *weight)).collect(),
    }
}

/// Groups and pools in one picture.
pub(crate) fn picture(groups: &[&Group], pools: &[TargetPool]) -> Snapshot {
    fn judged<T: Clone>(item: &T) -> Arc<Judged<T>> {
        Arc::new(Judged { item: item.clone(), assessment: Assessment::default() })
    }
    let mut out =
        Snapshot { groups: groups.iter().map(|g| judged(*g)).collect(), pools: pools.iter().map(judged).collect(), ..Snapshot::default() };
    out.groups.sort_by(|a, b| a.item.id.cmp(&b.item.id));
    out.pools.sort_by(|a, b| a.item.id.cmp(&b.item.id));
    out
}
