//! What is known of each group's activities: bounded, newest first, with when it was last asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use crate::domain::Activity;

/// Activities kept per group. AWS keeps six weeks; a busy group makes that in a day.
const KEPT: usize = 200;

#[derive(Debug, Default)]
pub(in crate::providers::aws) struct History {
    groups: Mutex<BTreeMap<String, Known>>,
}

#[derive(Debug, Default)]
struct Known {
    read_at: Option<Instant>,
    activities: Vec<Activity>,
}

impl History {
    fn with<T>(&self, f: impl FnOnce(&mut BTreeMap<String, Known>) -> T) -> T {
        f(&mut self.groups.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Forgets groups that are gone and makes room for new ones.
    pub fn keep_only(&self, names: &BTreeSet<&str>) {
        self.with(|groups| {
            groups.retain(|name, _| names.contains(name.as_str()));
            for name in names {
                if !groups.contains_key(*name) {
                    groups.insert((*name).to_owned(), Known::default());
                }
            }
        });
    }

    pub fn drop_group(&self, name: &str) {
        self.with(|groups| groups.remove(name));
    }

    pub fn is_known(&self, name: &str) -> bool {
        self.with(|groups| groups.contains_key(name))
    }

    /// Groups never read first, then those read longest ago.
    pub fn longest_unread(&self, most: usize) -> Vec<String> {
        self.with(|groups| {
            let mut by_age: Vec<(Option<Instant>, &String)> = groups.iter().map(|(name, known)| (known.read_at, name)).collect();
            by_age.sort();
            by_age.into_iter().take(most).map(|(_, name)| name.clone()).collect()
        })
    }

    /// Whether this activity is known, and over: nothing older can have changed.
    pub fn knows_finished(&self, name: &str, id: &str) -> bool {
        self.with(|groups| groups.get(name).is_some_and(|k| k.activities.iter().any(|a| a.id.as_str() == id && a.ended.is_some())))
    }

    /// Puts fresh activities in, over what was known of the same ids.
    pub fn apply(&self, name: &str, fresh: Vec<Activity>) {
        self.with(|groups| {
            let Some(known) = groups.get_mut(name) else { return };
            known.read_at = Some(Instant::now());
            let ids: BTreeSet<&str> = fresh.iter().map(|a| a.id.as_str()).collect();
            known.activities.retain(|a| !ids.contains(a.id.as_str()));
            known.activities.extend(fresh);
            known.activities.sort_by(|a, b| b.started.cmp(&a.started).then_with(|| a.id.cmp(&b.id)));
            known.activities.truncate(KEPT);
        });
    }

    /// Histories that were read.
    pub fn all(&self) -> Vec<(String, Vec<Activity>)> {
        self.with(|groups| {
            groups.iter().filter(|(_, k)| k.read_at.is_some()).map(|(name, k)| (name.clone(), k.activities.clone())).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Label, Now, Status};

    fn activity(id: &str, at: u64, over: bool) -> Activity {
        Activity {
            id: Label::new(id),
            status: if over { Status::good("Successful") } else { Status::moving("InProgress") },
            description: Label::default(),
            cause: Label::default(),
            message: None,
            started: Some(Now::at(at).wall),
            ended: over.then(|| Now::at(at + 1).wall),
            progress: None,
        }
    }

    #[test]
    fn an_activity_that_ended_replaces_its_open_self() {
        let history = History::default();
        history.keep_only(&BTreeSet::from(["web"]));
        history.apply("web", vec![activity("a", 10, false)]);
        assert!(!history.knows_finished("web", "a"));
        history.apply("web", vec![activity("b", 20, false), activity("a", 10, true)]);
        assert!(history.knows_finished("web", "a"));
        let all = history.all();
        assert_eq!(all[0].1.iter().map(|a| a.id.as_str()).collect::<Vec<_>>(), ["b", "a"]);
    }

    #[test]
    fn histories_are_bounded_and_leave_with_their_group() {
        let history = History::default();
        history.keep_only(&BTreeSet::from(["web", "gone"]));
        history.apply("web", (0..500).map(|n| activity(&format!("{n:03}"), n, true)).collect());
        history.keep_only(&BTreeSet::from(["web"]));
        let all = history.all();
        assert_eq!((all.len(), all[0].1.len()), (1, KEPT));
        assert_eq!(all[0].1[0].id.as_str(), "499");
        history.apply("gone", vec![activity("a", 1, true)]);
        assert!(!history.is_known("gone"));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waited_longest_is_next() {
        let history = History::default();
        history.keep_only(&BTreeSet::from(["a", "b", "c"]));
        history.apply("a", Vec::new());
        tokio::time::advance(std::time::Duration::from_secs(1)).await;
        history.apply("b", Vec::new());
        assert_eq!(history.longest_unread(9), ["c", "a", "b"]);
    }
}
