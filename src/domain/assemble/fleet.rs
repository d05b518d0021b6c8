//! Groups with their members, instances in no group, and who stands in which pool.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};

use crate::domain::{Group, GroupKind, Instance, Kind, Label, Member, MemberTarget, ResourceId, Scope, Status, Target, TargetPool};

use super::facts::Facts;

/// Where a member sits: group and position in it.
type Seat = (usize, usize);

/// Joins groups, instances, probes, details and pools. Both lists come back in id order.
pub(super) fn join(facts: &Facts<'_>) -> (Vec<Group>, Vec<TargetPool>) {
    let mut groups = groups_with_members(facts);
    groups.extend(standing_alone(facts, &groups));
    for group in &mut groups {
        add_details(group, facts);
    }
    // By groups of single instances too: their ids sort among the names of the others.
    groups.sort_by(|a, b| a.id.cmp(&b.id));
    let mut pools: Vec<TargetPool> = facts.pools.iter().map(|p| (*p).clone()).collect();
    stand_in_pools(&mut groups, &mut pools);
    (groups, pools)
}

fn groups_with_members(facts: &Facts<'_>) -> Vec<Group> {
    facts
        .groups
        .iter()
        .map(|group| {
            let mut group = (*group).clone();
            for member in &mut group.members {
                if let Some(instance) = facts.instances.get(&member.id) {
                    add_instance(member, instance);
                }
                if let Some(probe) = facts.probes.get(&member.id) {
                    member.probe = Some((*probe).clone());
                }
            }
            group.members.sort_by(|a, b| a.id.cmp(&b.id));
            group
        })
        .collect()
}

/// What the inventory knows better than the group's own list.
fn add_instance(member: &mut Member, instance: &Instance) {
    member.name.clone_from(&instance.name);
    if instance.instance_type.is_some() {
        member.instance_type.clone_from(&instance.instance_type);
    }
    member.address.clone_from(&instance.address);
    member.public_address.clone_from(&instance.public_address);
    member.launched = instance.launched.or(member.launched);
    member.state = Some(instance.state.clone());
    member.checks.clone_from(&instance.checks);
    member.spot |= instance.spot;
    member.tags.clone_from(&instance.tags);
}

/// Instances that no group owns, each as a group of one.
fn standing_alone(facts: &Facts<'_>, groups: &[Group]) -> Vec<Group> {
    let owned: HashSet<&ResourceId> = groups.iter().flat_map(|g| &g.members).map(|m| &m.id).collect();
    facts
        .instances
        .values()
        .filter(|i| i.group.is_none() && !is_gone(&i.state) && !owned.contains(&i.id))
        .map(|instance| {
            let id = ResourceId::new(&instance.id.scope, Kind::Group, instance.id.native());
            let name = instance.name.clone().filter(|n| !n.is_empty()).unwrap_or_else(|| Label::new(instance.id.native()));
            let mut member = Member::new(instance.id.clone(), instance.zone.clone(), instance.state.clone());
            add_instance(&mut member, instance);
            // Nothing but the inventory speaks for it: there is no group that calls it healthy.
            member.health = Status::default();
            member.probe = facts.probes.get(&instance.id).map(|p| (*p).clone());
            let mut group = Group::new(id, name, GroupKind::Instance);
            group.zones = vec![instance.zone.clone()];
            group.tags.clone_from(&instance.tags);
            group.created = instance.launched;
            group.members = vec![member];
            group
        })
        .collect()
}

/// Terminated instances stay in inventories for a while; they are history, not fleet.
fn is_gone(state: &Status) -> bool {
    matches!(&*state.word, "terminated" | "shutting-down" | "deleted")
}

fn add_details(group: &mut Group, facts: &Facts<'_>) {
    if let Some(policies) = facts.policies.get(&group.id) {
        group.policies = Some(policies.to_vec());
    }
    if let Some(schedules) = facts.schedules.get(&group.id) {
        group.schedules = Some(schedules.to_vec());
    }
    if let Some(activities) = facts.activities.get(&group.id) {
        group.activities = Some(activities.to_vec());
    }
}

/// Tells members their targets, pools their groups, and groups of one the pools they stand in.
pub fn stand_in_pools(groups: &mut [Group], pools: &mut [TargetPool]) {
    let found = seats_of_targets(groups, pools);
    let positions: HashMap<ResourceId, usize> = groups.iter().enumerate().map(|(n, g)| (g.id.clone(), n)).collect();
    let mut fillers: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); pools.len()];
    let pool_positions: HashMap<ResourceId, usize> = pools.iter().enumerate().map(|(n, p)| (p.id.clone(), n)).collect();
    for (n, group) in groups.iter().enumerate() {
        for pool in &group.pools {
            if let Some(at) = pool_positions.get(pool) {
                fillers[*at].insert(n);
            }
        }
    }
    for (at, pool) in pools.iter_mut().enumerate() {
        fillers[at].extend(pool.groups.iter().filter_map(|g| positions.get(g)));
        for (target, seat) in pool.targets.iter().flatten().zip(&found[at]) {
            let Some((g, m)) = *seat else { continue };
            fillers[at].insert(g);
            let group = &mut groups[g];
            group.members[m].targets.push(MemberTarget {
                pool: pool.id.clone(),
                pool_name: pool.name.clone(),
                state: target.state.clone(),
                reason: target.reason.clone(),
            });
            // A scalable group's pools are what it registers new members in: one found by hand is not.
            if group.kind == GroupKind::Instance && !group.pools.contains(&pool.id) {
                group.pools.push(pool.id.clone());
            }
        }
        pool.groups = fillers[at].iter().map(|n| groups[*n].id.clone()).collect();
        if let Some(targets) = &mut pool.targets {
            targets.sort_by(|a, b| (&a.member, a.port).cmp(&(&b.member, b.port)));
        }
    }
}

/// For each pool and target: the member it is, by id or, for targets registered by address, by address.
fn seats_of_targets(groups: &[Group], pools: &[TargetPool]) -> Vec<Vec<Option<Seat>>> {
    let seats =
        || groups.iter().enumerate().flat_map(|(g, group)| group.members.iter().enumerate().map(move |(m, member)| ((g, m), member)));
    let by_id: HashMap<&ResourceId, Seat> = seats().map(|(seat, member)| (&member.id, seat)).collect();
    let by_address: OnceCell<HashMap<(&Scope, &str), Seat>> = OnceCell::new();
    let find = |target: &Target| {
        by_id.get(&target.member).copied().or_else(|| {
            let addresses = by_address.get_or_init(|| {
                seats()
                    .flat_map(|(seat, m)| [&m.address, &m.public_address].into_iter().flatten().map(move |a| ((&m.id.scope, &**a), seat)))
                    .collect()
            });
            addresses.get(&(&target.member.scope, target.member.native())).copied()
        })
    };
    pools.iter().map(|pool| pool.targets.iter().flatten().map(find).collect()).collect()
}
