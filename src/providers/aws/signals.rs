//! What tells an operation that it does harm: alarms about the group and its pools, and how much of their traffic fails.
//!
//! Which alarms those are is found out in a listing of all of them, which is kept for minutes; their states are read each time. Traffic is
//! paid for and measured once a minute: asked for at most every half minute.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::{Alarm, Group, Label, ResourceId, TargetPool};
use crate::providers::{ProviderError, Signals};

use super::alarms;
use super::cloudwatch;
use super::reader::Reader;

/// How long the listing of alarms is good for.
const LISTING: Duration = Duration::from_mins(5);
/// How long a share of errors is good for.
const SHARE: Duration = Duration::from_secs(30);

/// What was found out, by group.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Names of the alarms about it.
    names: Mutex<HashMap<ResourceId, (Instant, Vec<String>)>>,
    shares: Mutex<HashMap<ResourceId, (Instant, Option<f64>)>>,
}

/// All of it for one group. Alarms that cannot be read are a failure; a share of errors that cannot be had is not known.
pub(super) async fn fetch(reader: &Reader<'_>, group: &Group, pools: &[TargetPool]) -> Result<Signals, ProviderError> {
    let (alarms, errors_percent) = tokio::join!(fetch_alarms(reader, group, pools), fetch_share(reader, group, pools));
    Ok(Signals { alarms: alarms?, errors_percent })
}

async fn fetch_alarms(reader: &Reader<'_>, group: &Group, pools: &[TargetPool]) -> Result<Vec<Alarm>, ProviderError> {
    let kept = &reader.memory.watched.names;
    let held = kept.lock().unwrap_or_else(PoisonError::into_inner).get(&group.id).cloned();
    if let Some((_, names)) = held.filter(|(at, _)| at.elapsed() < LISTING) {
        return if names.is_empty() { Ok(Vec::new()) } else { alarms::fetch_named(reader, &names).await };
    }
    let about = About::new(group, pools);
    let found: Vec<Alarm> = alarms::fetch_all(reader).await?.into_iter().filter(|a| about.covers(a)).collect();
    let names = found.iter().map(|a| alarms::name_of(a.id.native()).to_owned()).collect();
    kept.lock().unwrap_or_else(PoisonError::into_inner).insert(group.id.clone(), (Instant::now(), names));
    Ok(found)
}

async fn fetch_share(reader: &Reader<'_>, group: &Group, pools: &[TargetPool]) -> Option<f64> {
    let kept = &reader.memory.watched.shares;
    let held = kept.lock().unwrap_or_else(PoisonError::into_inner).get(&group.id).copied();
    if let Some((_, share)) = held.filter(|(at, _)| at.elapsed() < SHARE) {
        return share;
    }
    // Not allowed, throttled, not there: a look without this number is better than none.
    let share = cloudwatch::fetch_errors_percent(reader, pools).await.ok().flatten();
    kept.lock().unwrap_or_else(PoisonError::into_inner).insert(group.id.clone(), (Instant::now(), share));
    share
}

/// The words by which alarms name a group and what stands around it.
struct About<'a> {
    group: &'a str,
    members: BTreeSet<&'a str>,
    /// `targetgroup/portal/0f3a`.
    pools: BTreeSet<&'a str>,
    /// Names of classic balancers.
    classic: BTreeSet<&'a str>,
    /// `app/portal-alb/50dc`.
    balancers: BTreeSet<&'a str>,
}

impl<'a> About<'a> {
    fn new(group: &'a Group, pools: &'a [TargetPool]) -> Self {
        let natives = || group.pools.iter().chain(pools.iter().map(|p| &p.id)).map(ResourceId::native);
        let tail = |native: &'a str, mark: &str| native.find(mark).map(|at| &native[at + 1..]);
        let balancers = pools.iter().flat_map(|p| &p.balancers).map(|b| b.id.native());
        Self {
            group: group.id.native(),
            members: group.members.iter().map(|m| m.id.native()).collect(),
            pools: natives().filter_map(|n| tail(n, ":targetgroup/")).collect(),
            classic: natives().filter(|n| !n.starts_with("arn:")).collect(),
            balancers: balancers.filter_map(|n| n.split_once(":loadbalancer/").map(|(_, tail)| tail)).collect(),
        }
    }

    /// Every dimension that names one thing must name ours: an alarm on another pool of our balancer is not about us.
    fn covers(&self, alarm: &Alarm) -> bool {
        let mut named = false;
        for (name, value) in &alarm.dimensions {
            named |= match (name.as_str(), Label::as_str(value)) {
                ("AutoScalingGroupName", v) if v == self.group => true,
                ("InstanceId", v) if self.members.contains(v) => true,
                ("TargetGroup", v) if self.pools.contains(v) => true,
                ("LoadBalancerName", v) if self.classic.contains(v) => true,
                ("LoadBalancer", v) if self.balancers.contains(v) => true,
                ("AutoScalingGroupName" | "InstanceId" | "TargetGroup" | "LoadBalancerName" | "LoadBalancer", _) => return false,
                // Metrics of one's own name the group as they like.
                (_, v) => v == self.group,
            };
        }
        named
    }
}
