//! One pass over all rows: each goes to the list or map of its kind, by reference. Nothing is copied here.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use crate::domain::{
    Activity, Alarm, Change, Database, Group, Identity, Instance, Observation, Probe, ResourceId, ScalingPolicy, ScheduledAction, Scope,
    Series, SeriesKey, SourceKind, TargetPool,
};

use super::Inputs;

#[derive(Default)]
pub(super) struct Facts<'a> {
    pub identities: BTreeMap<&'a Scope, &'a Identity>,
    pub groups: Vec<&'a Group>,
    pub instances: Vec<&'a Instance>,
    /// Id → position in `instances`.
    pub instance_of: HashMap<&'a ResourceId, usize>,
    pub pools: Vec<&'a TargetPool>,
    pub databases: Vec<&'a Database>,
    pub alarms: Vec<&'a Alarm>,
    pub series: BTreeMap<&'a SeriesKey, &'a Series>,
    pub changes: Vec<&'a Change>,
    pub policies: HashMap<&'a ResourceId, &'a [ScalingPolicy]>,
    pub schedules: HashMap<&'a ResourceId, &'a [ScheduledAction]>,
    pub activities: HashMap<&'a ResourceId, &'a [Activity]>,
    pub probes: HashMap<&'a ResourceId, &'a Probe>,
}

/// Sorts the rows out. Where two rows tell of one thing (a page boundary moved under a read), the later one counts.
pub(super) fn gather(inputs: &Inputs) -> Facts<'_> {
    let mut facts = Facts::default();
    let instances = inputs.slices.iter().filter(|(key, _)| key.kind == SourceKind::Instances).map(|(_, slice)| slice.state.rows).sum();
    facts.instance_of.reserve(instances);
    for row in inputs.slices.values().flat_map(super::Slice::rows) {
        match row {
            Observation::Identity(i) => _ = facts.identities.insert(&i.scope, i),
            Observation::Group(g) => facts.groups.push(g),
            Observation::Instance(i) => match facts.instance_of.entry(&i.id) {
                Entry::Occupied(seen) => facts.instances[*seen.get()] = i,
                Entry::Vacant(free) => {
                    free.insert(facts.instances.len());
                    facts.instances.push(i);
                }
            },
            Observation::Pool(p) => facts.pools.push(p),
            Observation::Database(d) => facts.databases.push(d),
            Observation::Alarm(a) => facts.alarms.push(a),
            Observation::Series(s) => _ = facts.series.insert(&s.key, s),
            Observation::Change(c) => facts.changes.push(c),
            Observation::Policies { group, policies } => _ = facts.policies.insert(group, policies),
            Observation::Schedules { group, schedules } => _ = facts.schedules.insert(group, schedules),
            Observation::Activities { group, activities } => _ = facts.activities.insert(group, activities),
            Observation::Probe { member, probe } => _ = facts.probes.insert(member, probe),
        }
    }
    in_id_order(&mut facts.groups, |g| &g.id);
    in_id_order(&mut facts.pools, |p| &p.id);
    in_id_order(&mut facts.databases, |d| &d.id);
    in_id_order(&mut facts.alarms, |a| &a.id);
    facts
}

/// Sorts by id and keeps the last row of each.
fn in_id_order<'a, T>(rows: &mut Vec<&'a T>, id: impl Fn(&'a T) -> &'a ResourceId) {
    rows.sort_by(|a, b| id(a).cmp(id(b)));
    rows.dedup_by(|later, kept| {
        let same = id(later) == id(kept);
        if same {
            *kept = *later;
        }
        same
    });
}
