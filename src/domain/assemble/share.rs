//! Keeps what did not change: equal parts of a new snapshot are replaced by those of the old one, so that memory is shared, counts that
//! were made once stay made, and "did anything change" has an answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::snapshot::{Judged, Snapshot};
use crate::domain::{ResourceId, Series, SeriesKey};

/// Shares equal parts with the previous picture; tells whether any row differs. Source states, ages and rates are not rows.
pub fn share(new: &mut Snapshot, old: &Snapshot) -> bool {
    let mut changed = new.identities != old.identities;
    changed |= share_list(&mut new.groups, &old.groups, |g| &g.id);
    changed |= share_list(&mut new.pools, &old.pools, |p| &p.id);
    changed |= share_list(&mut new.databases, &old.databases, |d| &d.id);
    changed |= share_list(&mut new.alarms, &old.alarms, |a| &a.id);
    changed |= new.changes != old.changes;
    changed | share_series(&mut new.series, &old.series)
}

/// Both lists are in id order, so one walk along both is enough.
fn share_list<T: PartialEq>(new: &mut [Arc<Judged<T>>], old: &[Arc<Judged<T>>], id: impl Fn(&T) -> &ResourceId) -> bool {
    let mut changed = new.len() != old.len();
    let mut old = old.iter().peekable();
    for item in new {
        while old.next_if(|o| id(&o.item) < id(&item.item)).is_some() {}
        match old.peek() {
            Some(before) if before.item == item.item && before.assessment == item.assessment => *item = Arc::clone(before),
            _ => changed = true,
        }
    }
    changed
}

fn share_series(new: &mut BTreeMap<SeriesKey, Arc<Series>>, old: &BTreeMap<SeriesKey, Arc<Series>>) -> bool {
    let mut changed = new.len() != old.len();
    for (key, series) in new {
        match old.get(key) {
            Some(before) if before == series => *series = Arc::clone(before),
            _ => changed = true,
        }
    }
    changed
}
