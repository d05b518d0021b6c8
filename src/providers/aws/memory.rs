//! What the latest complete reads of this region found, so that one source can use another's answer without a second call:
//! metrics need the balancer of a target group, probes need addresses, activities need the groups that moved.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::domain::{Group, Instance, TargetPool};

use super::activities::History;
use super::groups::Templates;
use super::pools::Topology;
use super::{alarms, cloudwatch, elasticache, events, probe, rds, signals};

/// How long a call that the endpoint lacks, or forbids, is left alone.
const LACKING: Duration = Duration::from_mins(10);

/// Each list is the latest *complete* read; empty before the first.
#[derive(Debug)]
pub(super) struct Memory {
    groups: watch::Sender<Option<Arc<[Group]>>>,
    pools: RwLock<Arc<[TargetPool]>>,
    instances: RwLock<Arc<[Instance]>>,
    /// Groups that changed since their activities were last read.
    stirred: Mutex<BTreeSet<String>>,
    lacking: Mutex<HashMap<&'static str, Instant>>,
    templates: Templates,
    history: History,
    topology: Topology,
    pub databases: rds::Kept,
    pub caches: elasticache::Kept,
    pub events: events::Kept,
    pub flips: alarms::Kept,
    pub mutes: alarms::Mutes,
    pub watched: signals::Kept,
    pub series: cloudwatch::Kept,
    pub probe: probe::Kept,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            groups: watch::Sender::new(None),
            pools: RwLock::default(),
            instances: RwLock::default(),
            stirred: Mutex::default(),
            lacking: Mutex::default(),
            templates: Templates::default(),
            history: History::default(),
            topology: Topology::default(),
            databases: rds::Kept::default(),
            caches: elasticache::Kept::default(),
            events: events::Kept::default(),
            flips: alarms::Kept::default(),
            mutes: alarms::Mutes::default(),
            watched: signals::Kept::default(),
            series: cloudwatch::Kept::default(),
            probe: probe::Kept::default(),
        }
    }
}

impl Memory {
    pub fn groups(&self) -> Arc<[Group]> {
        self.groups.borrow().clone().unwrap_or_default()
    }

    pub fn pools(&self) -> Arc<[TargetPool]> {
        Arc::clone(&self.pools.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn instances(&self) -> Arc<[Instance]> {
        Arc::clone(&self.instances.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The groups, waiting for their first complete read at most this long.
    pub async fn groups_within(&self, patience: Duration) -> Arc<[Group]> {
        let mut changes = self.groups.subscribe();
        let _ = tokio::time::timeout(patience, changes.wait_for(Option::is_some)).await;
        self.groups()
    }

    /// Keeps a complete read and notes which groups moved since the one before.
    pub fn keep_groups(&self, groups: Arc<[Group]>) {
        let before = self.groups();
        let old: HashMap<&str, &Group> = before.iter().map(|g| (g.id.native(), g)).collect();
        let moved = groups.iter().filter(|g| old.get(g.id.native()).is_some_and(|was| has_moved(was, g)));
        self.stirred.lock().unwrap_or_else(PoisonError::into_inner).extend(moved.map(|g| g.id.native().to_owned()));
        self.groups.send_replace(Some(groups));
    }

    /// Names of groups that moved; a name is given out once.
    pub fn take_stirred(&self, most: usize) -> Vec<String> {
        let mut stirred = self.stirred.lock().unwrap_or_else(PoisonError::into_inner);
        let names: Vec<String> = stirred.iter().take(most).cloned().collect();
        for name in &names {
            stirred.remove(name);
        }
        names
    }

    /// Whether this endpoint turned out not to offer an operation, so that it is not asked at every poll.
    pub fn lacks(&self, operation: &'static str) -> bool {
        let lacking = self.lacking.lock().unwrap_or_else(PoisonError::into_inner);
        lacking.get(operation).is_some_and(|since| since.elapsed() < LACKING)
    }

    pub fn note_lack(&self, operation: &'static str) {
        self.lacking.lock().unwrap_or_else(PoisonError::into_inner).insert(operation, Instant::now());
    }

    pub fn templates(&self) -> &Templates {
        &self.templates
    }

    pub fn history(&self) -> &History {
        &self.history
    }

    pub fn topology(&self) -> &Topology {
        &self.topology
    }

    pub fn keep_pools(&self, pools: Arc<[TargetPool]>) {
        *self.pools.write().unwrap_or_else(PoisonError::into_inner) = pools;
    }

    pub fn keep_instances(&self, instances: Arc<[Instance]>) {
        *self.instances.write().unwrap_or_else(PoisonError::into_inner) = instances;
    }
}

/// Desired, bounds or members differ: something was done, and an activity tells why.
fn has_moved(was: &Group, is: &Group) -> bool {
    fn members(group: &Group) -> BTreeSet<(&str, &str)> {
        group.members.iter().map(|m| (m.id.native(), m.lifecycle.word.as_str())).collect()
    }
    was.desired != is.desired || was.min != is.min || was.max != is.max || members(was) != members(is)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{GroupKind, Kind, Label, Member, ResourceId, Scope, Status};

    fn group(name: &str, members: &[(&str, &str)]) -> Group {
        let scope = Scope::new("aws", "test", "eu-central-1");
        let mut group = Group::new(ResourceId::new(&scope, Kind::Group, name), Label::new(name), GroupKind::AutoScalingGroup);
        group.desired = Some(2);
        group.members =
            members.iter().map(|(id, word)| Member::new(ResourceId::new(&scope, Kind::Member, id), "a", Status::good(word))).collect();
        group
    }

    #[test]
    fn only_groups_that_moved_are_stirred_and_each_once() {
        let memory = Memory::default();
        memory.keep_groups(vec![group("a", &[("i-1", "Pending")]), group("b", &[("i-2", "InService")])].into());
        assert!(memory.take_stirred(9).is_empty(), "a first read is no movement");
        memory.keep_groups(vec![group("a", &[("i-1", "InService")]), group("b", &[("i-2", "InService")])].into());
        assert_eq!(memory.take_stirred(9), ["a"]);
        assert!(memory.take_stirred(9).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_lacking_call_is_left_alone_for_a_while() {
        let memory = Memory::default();
        assert!(!memory.lacks("x:Y"));
        memory.note_lack("x:Y");
        assert!(memory.lacks("x:Y"));
        tokio::time::advance(LACKING).await;
        assert!(!memory.lacks("x:Y"));
    }
}
