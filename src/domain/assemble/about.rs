//! What an alarm is about: its dimension values matched against the ids and names we know. No cloud's dimension names are needed.

use std::collections::HashMap;

use crate::domain::{Alarm, Database, Group, ResourceId, Scope, TargetPool};

use super::facts::Facts;

/// How close a match is; of several dimensions the closest wins, as an alarm on a pool names its balancer too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Closeness {
    Balancer,
    Member,
    Group,
    Pool,
    Database,
}

/// Names in a scope → the one thing they mean; `None` where they mean several.
type Names<'a> = HashMap<(&'a Scope, &'a str), Option<(Closeness, ResourceId)>>;

pub(super) fn join(facts: &Facts<'_>, groups: &[Group], pools: &[TargetPool], databases: &[Database]) -> Vec<Alarm> {
    let wants = facts.alarms.iter().any(|a| a.about.is_none() && !a.dimensions.is_empty());
    let names = if wants { index(groups, pools, databases) } else { Names::new() };
    facts
        .alarms
        .iter()
        .map(|alarm| {
            let mut alarm = (*alarm).clone();
            if alarm.about.is_none() {
                alarm.about = alarm
                    .dimensions
                    .iter()
                    .filter_map(|(_, value)| names.get(&(&alarm.id.scope, &**value))?.as_ref())
                    .max_by_key(|(closeness, _)| *closeness)
                    .map(|(_, id)| id.clone());
            }
            alarm
        })
        .collect()
}

fn index<'a>(groups: &'a [Group], pools: &'a [TargetPool], databases: &'a [Database]) -> Names<'a> {
    let mut names = Names::new();
    for database in databases {
        add_with_endings(&mut names, &database.id, &database.name, Closeness::Database, &database.id);
    }
    for pool in pools {
        add_with_endings(&mut names, &pool.id, &pool.name, Closeness::Pool, &pool.id);
        for balancer in &pool.balancers {
            // The row people look at is the pool's, where the balancer has only one.
            add_with_endings(&mut names, &balancer.id, &balancer.name, Closeness::Balancer, &pool.id);
        }
    }
    for group in groups {
        add_with_endings(&mut names, &group.id, &group.name, Closeness::Group, &group.id);
        for member in &group.members {
            add(&mut names, &member.id.scope, member.id.native(), Closeness::Member, &group.id);
        }
    }
    names
}

/// The id itself, its shown name, and each ending of it behind a `/` or `:`, since dimensions hold the tail of an ARN
/// (`targetgroup/portal/0f3a` of `arn:…:targetgroup/portal/0f3a`).
fn add_with_endings<'a>(names: &mut Names<'a>, id: &'a ResourceId, name: &'a str, closeness: Closeness, means: &ResourceId) {
    let native = id.native();
    add(names, &id.scope, native, closeness, means);
    if name != native {
        add(names, &id.scope, name, closeness, means);
    }
    for (at, _) in native.match_indices(['/', ':']) {
        let ending = &native[at + 1..];
        if ending != name && !ending.is_empty() {
            add(names, &id.scope, ending, closeness, means);
        }
    }
}

fn add<'a>(names: &mut Names<'a>, scope: &'a Scope, name: &'a str, closeness: Closeness, means: &ResourceId) {
    use std::collections::hash_map::Entry;
    match names.entry((scope, name)) {
        Entry::Vacant(free) => _ = free.insert(Some((closeness, means.clone()))),
        Entry::Occupied(mut taken) => match taken.get() {
            Some((held, id)) if id == means => {
                if *held < closeness {
                    taken.insert(Some((closeness, means.clone())));
                }
            }
            // A single instance is a group and a member by the same id; a pool may be named like its group.
            Some((held, _)) if *held > closeness => {}
            Some((held, _)) if *held < closeness => _ = taken.insert(Some((closeness, means.clone()))),
            _ => _ = taken.insert(None),
        },
    }
}
