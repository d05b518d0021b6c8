//! What we saw happen ourselves: members that came and went, targets and checks that turned bad or good again.
//!
//! Works on consecutive joined pictures. Health counts only when two reads of its own source agree: one read may catch a blip.
//! Drains and launches are planned and are no flips. Nothing is reported at the first look, since nobody knows how long it was so.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;

use super::assemble::{Joined, MAX_CHANGES};
use super::change::{Change, ChangeKind};
use super::group::{Group, GroupKind};
use super::ids::{ResourceId, Scope};
use super::label::Label;
use super::member::Member;
use super::source::{SourceKey, SourceKind};
use super::status::{Status, StatusClass};
use super::time::Now;
use super::verdict::Verdict;

/// Since when something is in trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since {
    pub at: Timestamp,
    /// It was so when we first looked: it may be longer.
    pub at_least: bool,
}

/// Which of a member's healths.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Aspect {
    Target {
        pool: ResourceId,
        port: Option<u16>,
    },
    /// What the group itself believes.
    Group,
    /// The cloud's status checks.
    Checks,
    /// Our own probe.
    Probe,
}

/// A health that is not plainly good; the good ones are not kept.
#[derive(Clone, Copy, Debug)]
struct Watch {
    /// Two reads agreed that it is bad.
    confirmed: bool,
    /// The latest read disagreed with `confirmed`.
    wavers: bool,
    since: Since,
}

/// Where a member stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Serving,
    Parked,
    Other,
}

/// Remembers what was seen and keeps the changes found, newest first.
#[derive(Clone, Debug, Default)]
pub struct Flips {
    /// The whole reads already looked at.
    reads: HashMap<SourceKey, Now>,
    watches: HashMap<(ResourceId, Aspect), Watch>,
    stages: HashMap<ResourceId, HashMap<ResourceId, Stage>>,
    short: HashMap<ResourceId, Since>,
    since: Arc<HashMap<ResourceId, Since>>,
    changes: VecDeque<Arc<Change>>,
}

/// What happened to several members at once, told in one line.
#[derive(Default)]
struct Tally {
    turned_bad: Vec<Label>,
    reason: Option<Label>,
    turned_good: Vec<Label>,
}

impl Flips {
    /// Changes found so far, newest first, bounded.
    pub fn changes(&self) -> Vec<Arc<Change>> {
        self.changes.iter().cloned().collect()
    }

    /// Since when members, and groups that are short of members, are in trouble.
    pub fn since(&self) -> Arc<HashMap<ResourceId, Since>> {
        Arc::clone(&self.since)
    }

    /// A next read that brings the same rows would still tell something: it confirms what was seen once.
    pub fn is_waiting(&self) -> bool {
        self.watches.values().any(|w| w.wavers)
    }

    /// Looks at a new picture. Sources that were not read again since the last look are passed over.
    pub fn observe(&mut self, joined: &Joined, now: Now) {
        let fresh = self.fresh_reads(joined);
        if fresh.is_empty() {
            return;
        }
        self.observe_targets(joined, &fresh, now);
        self.observe_members(joined, &fresh, now);
        self.observe_stages(joined, &fresh, now);
        self.since = Arc::new(self.collect_since());
    }

    /// Scopes and kinds with a new whole read; `true` where it is the first.
    fn fresh_reads(&mut self, joined: &Joined) -> HashMap<(Scope, SourceKind), bool> {
        let mut fresh = HashMap::new();
        for (key, state) in &joined.sources {
            let Some(read_at) = state.read_at.filter(|_| !state.partial) else { continue };
            let before = self.reads.insert(key.clone(), read_at);
            if before != Some(read_at) {
                fresh.insert((key.scope.clone(), key.kind), before.is_none());
            }
        }
        fresh
    }

    fn observe_targets(&mut self, joined: &Joined, fresh: &HashMap<(Scope, SourceKind), bool>, now: Now) {
        let mut seen = HashSet::new();
        for pool in &joined.pools {
            let Some(first) = fresh.get(&(pool.id.scope.clone(), SourceKind::Pools)) else { continue };
            let mut tally = Tally::default();
            let Some(targets) = &pool.targets else {
                // Not readable this time: what was known stays.
                seen.extend(self.watches.keys().filter(|(_, a)| matches!(a, Aspect::Target { pool: p, .. } if *p == pool.id)).cloned());
                continue;
            };
            for target in targets {
                let key = (target.member.clone(), Aspect::Target { pool: pool.id.clone(), port: target.port });
                let why = target.reason.as_ref().unwrap_or(&target.state.word);
                self.look(&key, &target.state, *first, now, &mut tally, &target.label, why);
                seen.insert(key);
            }
            self.report(ChangeKind::Target, &pool.id, &pool.name, tally, now);
        }
        self.watches.retain(|key, _| match &key.1 {
            Aspect::Target { pool, .. } => seen.contains(key) || !fresh.contains_key(&(pool.scope.clone(), SourceKind::Pools)),
            _ => true,
        });
    }

    fn observe_members(&mut self, joined: &Joined, fresh: &HashMap<(Scope, SourceKind), bool>, now: Now) {
        let mut seen = HashSet::new();
        for group in &joined.groups {
            let mut tally = Tally::default();
            // Who leaves is called unhealthy on the way: that was decided, not discovered.
            for member in group.members.iter().filter(|m| !m.leaving()) {
                for (aspect, kind, status) in healths(member) {
                    let key = (member.id.clone(), aspect);
                    if let Some(first) = fresh.get(&(group.id.scope.clone(), kind)) {
                        let why = Label::new(trouble_of(&key.1, status));
                        self.look(&key, status, *first, now, &mut tally, &member.label, &why);
                    }
                    if self.watches.contains_key(&key) {
                        seen.insert(key);
                    }
                }
            }
            self.report(ChangeKind::Member, &group.id, &group.name, tally, now);
        }
        self.watches.retain(|key, _| matches!(key.1, Aspect::Target { .. }) || seen.contains(key));
    }

    /// One look at one health.
    #[expect(clippy::too_many_arguments, reason = "one private step of two loops; a struct would only rename the arguments")]
    fn look(&mut self, key: &(ResourceId, Aspect), status: &Status, first: bool, now: Now, tally: &mut Tally, label: &Label, why: &Label) {
        let bad = match status.class {
            StatusClass::Bad => true,
            StatusClass::Good => false,
            StatusClass::Moving | StatusClass::Parked | StatusClass::Unknown => return,
        };
        let Some(watch) = self.watches.get_mut(key) else {
            if bad {
                let since = Since { at: now.wall, at_least: first };
                self.watches.insert(key.clone(), Watch { confirmed: first, wavers: !first, since });
            }
            return;
        };
        match (watch.confirmed, bad, watch.wavers) {
            // As it was.
            (true, true, _) => watch.wavers = false,
            // Seen bad once, and good again.
            (false, false, _) => _ = self.watches.remove(key),
            (false, true, _) => {
                *watch = Watch { confirmed: true, wavers: false, ..*watch };
                tally.turned_bad.push(label.clone());
                tally.reason.get_or_insert_with(|| why.clone());
            }
            (true, false, false) => watch.wavers = true,
            (true, false, true) => {
                self.watches.remove(key);
                tally.turned_good.push(label.clone());
            }
        }
    }

    /// `2 of portal-tg unhealthy: health check returns 503`.
    fn report(&mut self, kind: ChangeKind, about: &ResourceId, name: &Label, tally: Tally, now: Now) {
        if let Some(who) = subject(&tally.turned_bad, name) {
            let why = tally.reason.unwrap_or_default();
            self.push(kind, Verdict::Warning, about, &format!("{who} unhealthy: {why}"), now);
        }
        if let Some(who) = subject(&tally.turned_good, name) {
            self.push(kind, Verdict::Ok, about, &format!("{who} healthy again"), now);
        }
    }

    fn observe_stages(&mut self, joined: &Joined, fresh: &HashMap<(Scope, SourceKind), bool>, now: Now) {
        let mut there = HashSet::new();
        for group in &joined.groups {
            let Some(first) = fresh.get(&(group.id.scope.clone(), lister_of(group.kind))) else { continue };
            there.insert(group.id.clone());
            self.observe_shortage(group, *first, now);
            let stages: HashMap<ResourceId, Stage> = group.members.iter().map(|m| (m.id.clone(), stage_of(m))).collect();
            match self.stages.insert(group.id.clone(), stages) {
                Some(before) => self.report_stages(group, &before, now),
                None if !first => self.push(ChangeKind::Member, Verdict::Ok, &group.id, &format!("{} is new", group.name), now),
                None => {}
            }
        }
        let is_gone = |id: &ResourceId| {
            !there.contains(id)
                && [SourceKind::Groups, SourceKind::Instances].iter().all(|k| {
                    self.reads.contains_key(&SourceKey { scope: id.scope.clone(), kind: *k }) && fresh.contains_key(&(id.scope.clone(), *k))
                })
        };
        let mut gone: Vec<ResourceId> = self.stages.keys().filter(|id| is_gone(id)).cloned().collect();
        gone.sort();
        for id in gone {
            self.stages.remove(&id);
            self.short.remove(&id);
            self.push(ChangeKind::Member, Verdict::Notice, &id, &format!("{} is gone", Label::new(id.native())), now);
        }
    }

    fn observe_shortage(&mut self, group: &Group, first: bool, now: Now) {
        if group.weighted || group.desired.is_none_or(|d| group.counted() >= d) {
            self.short.remove(&group.id);
        } else {
            self.short.entry(group.id.clone()).or_insert(Since { at: now.wall, at_least: first });
        }
    }

    fn report_stages(&mut self, group: &Group, before: &HashMap<ResourceId, Stage>, now: Now) {
        let entered = |stage: Stage| -> Vec<&Member> {
            group.members.iter().filter(|m| stage_of(m) == stage && before.get(&m.id) != Some(&stage)).collect()
        };
        match entered(Stage::Serving).as_slice() {
            [] => {}
            [m] => {
                let version = m.version.as_ref().map(|v| format!(" ({v})")).unwrap_or_default();
                let title = format!("{}{version} of {} in service in {}", m.label, group.name, m.zone);
                self.push(ChangeKind::Member, Verdict::Ok, &group.id, &title, now);
            }
            many => self.push(ChangeKind::Member, Verdict::Ok, &group.id, &format!("{} of {} in service", many.len(), group.name), now),
        }
        for m in entered(Stage::Parked) {
            let title = format!("{} of {}: {}", m.label, group.name, m.lifecycle.word);
            self.push(ChangeKind::Member, Verdict::Notice, &group.id, &title, now);
        }
        let here: HashSet<&ResourceId> = group.members.iter().map(|m| &m.id).collect();
        let mut gone: Vec<&ResourceId> = before.keys().filter(|id| !here.contains(id)).collect();
        gone.sort();
        if let Some(who) = subject(&gone.iter().map(|id| Label::new(id.native())).collect::<Vec<_>>(), &group.name) {
            self.push(ChangeKind::Member, Verdict::Ok, &group.id, &format!("{who} gone"), now);
        }
    }

    fn push(&mut self, kind: ChangeKind, verdict: Verdict, about: &ResourceId, title: &str, now: Now) {
        // The title is part of the id: several things may happen to one resource within one read.
        let id = Label::new(format!("seen {} {} {title}", about.native(), now.wall));
        let change =
            Change { id, at: now.wall, kind, verdict, about: Some(about.clone()), title: Label::new(title), detail: None, who: None };
        self.changes.push_front(Arc::new(change));
        self.changes.truncate(MAX_CHANGES);
    }

    /// The earliest trouble of each.
    fn collect_since(&self) -> HashMap<ResourceId, Since> {
        let mut out = self.short.clone();
        for ((member, _), watch) in &self.watches {
            let since = out.entry(member.clone()).or_insert(watch.since);
            if watch.since.at < since.at {
                *since = watch.since;
            }
        }
        out
    }
}

/// `i-0aa9 of portal`, `2 of portal`; `None` where there is nobody.
fn subject(members: &[Label], of: &Label) -> Option<String> {
    match members {
        [] => None,
        [one] if one == of => Some(one.to_string()),
        [one] => Some(format!("{one} of {of}")),
        many => Some(format!("{} of {of}", many.len())),
    }
}

/// The source that says whether a group of this kind is there.
fn lister_of(kind: GroupKind) -> SourceKind {
    match kind {
        GroupKind::Instance => SourceKind::Instances,
        GroupKind::AutoScalingGroup => SourceKind::Groups,
    }
}

fn stage_of(member: &Member) -> Stage {
    match member.lifecycle.class {
        StatusClass::Good => Stage::Serving,
        StatusClass::Parked => Stage::Parked,
        StatusClass::Moving | StatusClass::Unknown | StatusClass::Bad => Stage::Other,
    }
}

/// A member's own healths with the source each comes from.
fn healths(member: &Member) -> impl Iterator<Item = (Aspect, SourceKind, &Status)> {
    let checks = member.checks.as_ref().map(|c| (Aspect::Checks, SourceKind::Instances, c));
    let probe = member.probe.as_ref().map(|p| (Aspect::Probe, SourceKind::Probes, &p.status));
    [Some((Aspect::Group, SourceKind::Groups, &member.health)), checks, probe].into_iter().flatten()
}

fn trouble_of(aspect: &Aspect, status: &Status) -> String {
    match aspect {
        Aspect::Group | Aspect::Target { .. } => format!("group calls it {}", status.word),
        Aspect::Checks => format!("status checks {}", status.word),
        Aspect::Probe => format!("probe answers {}", status.word),
    }
}
