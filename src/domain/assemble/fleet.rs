//! Groups with their members, instances in no group, and who stands in which pool.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};

use crate::domain::{Group, GroupKind, Instance, Kind, Label, Member, MemberTarget, ResourceId, Scope, Status, Target, TargetPool};

use super::facts::Facts;

/// Where a member sits: group and position in it.
type Seat = (usize, usize);

/// Joins groups, instances, probes, details and pools. Both lists come back in id order.
pub(super) fn join(facts: &Facts<'_>) -> (Vec<Group>, Vec<TargetPool>) {
    // One flag per instance of the inventory: whether a group owns it.
    let mut owned = vec![false; facts.instances.len()];
    let mut groups = groups_with_members(facts, &mut owned);
    groups.extend(standing_alone(facts, &owned));
    for group in &mut groups {
        add_details(group, facts);
    }
    // By groups of single instances too: their ids sort among the names of the others.
    groups.sort_by(|a, b| a.id.cmp(&b.id));
    let mut pools: Vec<TargetPool> = facts.pools.iter().map(|p| (*p).clone()).collect();
    stand_in(&mut groups, &mut pools, &facts.instance_of);
    (groups, pools)
}

fn groups_with_members(facts: &Facts<'_>, owned: &mut [bool]) -> Vec<Group> {
    facts
        .groups
        .iter()
        .map(|group| {
            let mut group = (*group).clone();
            for member in &mut group.members {
                if let Some(n) = facts.instance_of.get(&member.id) {
                    owned[*n] = true;
                    add_instance(member, facts.instances[*n]);
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
fn standing_alone(facts: &Facts<'_>, owned: &[bool]) -> Vec<Group> {
    facts
        .instances
        .iter()
        .zip(owned)
        .filter(|(instance, owned)| !**owned && instance.group.is_none() && !is_gone(&instance.state))
        .map(|(instance, _)| {
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

/// Tells members their targets, pools their groups, and groups of one the pools they stand in. Operations use it on their fresh reads, so
/// that a check sees members as the screens do. Lists may be in any order.
pub fn stand_in_pools(groups: &mut [Group], pools: &mut [TargetPool]) {
    stand_in(groups, pools, &HashMap::new());
}

/// The same with the inventory's map at hand, which finds most members.
fn stand_in(groups: &mut [Group], pools: &mut [TargetPool], instance_of: &HashMap<&ResourceId, usize>) {
    let found = seats_of_targets(groups, pools, instance_of);
    let group_at: HashMap<ResourceId, usize> = groups.iter().enumerate().map(|(n, g)| (g.id.clone(), n)).collect();
    let pool_at: HashMap<ResourceId, usize> = pools.iter().enumerate().map(|(n, p)| (p.id.clone(), n)).collect();
    let known = |id: &ResourceId| group_at.get(id).copied();
    let mut fillers: Vec<BTreeSet<usize>> = pools.iter().map(|p| p.groups.iter().filter_map(known).collect()).collect();
    for (n, group) in groups.iter().enumerate() {
        for pool in &group.pools {
            if let Some(at) = pool_at.get(pool) {
                fillers[*at].insert(n);
            }
        }
    }
    for ((pool, fillers), found) in pools.iter_mut().zip(fillers.iter_mut()).zip(&found) {
        for (target, seat) in pool.targets.iter().flatten().zip(found) {
            let Some((g, m)) = *seat else { continue };
            fillers.insert(g);
            let group = &mut groups[g];
            let targets = &mut group.members[m].targets;
            // Nearly all members stand in one pool: the room for four that a vector takes by itself would be most of a large picture.
            targets.reserve_exact(1);
            targets.push(MemberTarget {
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
        pool.groups = fillers.iter().map(|n| groups[*n].id.clone()).collect();
        if let Some(targets) = &mut pool.targets {
            targets.sort_by(|a, b| a.member.cmp(&b.member).then_with(|| a.port.cmp(&b.port)));
        }
    }
}

/// For each pool and target: the member it is, by id or, for targets registered by address, by address.
fn seats_of_targets(groups: &[Group], pools: &[TargetPool], instance_of: &HashMap<&ResourceId, usize>) -> Vec<Vec<Option<Seat>>> {
    let seats =
        || groups.iter().enumerate().flat_map(|(g, group)| group.members.iter().enumerate().map(move |(m, member)| ((g, m), member)));
    // The inventory's map finds most members; only those it does not know need one of their own.
    let mut by_instance: Vec<Option<Seat>> = vec![None; instance_of.len()];
    let mut by_id: HashMap<&ResourceId, Seat> = HashMap::new();
    for (seat, member) in seats() {
        match instance_of.get(&member.id) {
            Some(n) => by_instance[*n] = Some(seat),
            None => _ = by_id.insert(&member.id, seat),
        }
    }
    let by_address: OnceCell<HashMap<(&Scope, &str), Seat>> = OnceCell::new();
    let find_address = |target: &Target| {
        let addresses = by_address.get_or_init(|| {
            seats()
                .flat_map(|(seat, m)| [&m.address, &m.public_address].into_iter().flatten().map(move |a| ((&m.id.scope, &**a), seat)))
                .collect()
        });
        addresses.get(&(&target.member.scope, target.member.native())).copied()
    };
    let find = |target: &Target| match instance_of.get(&target.member) {
        Some(n) => by_instance[*n],
        None => by_id.get(&target.member).copied().or_else(|| find_address(target)),
    };
    pools.iter().map(|pool| pool.targets.iter().flatten().map(find).collect()).collect()
}
