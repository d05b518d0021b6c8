//! The group to be redeployed, with the numbers all strategies go by and the reasons that speak against all of them.

use std::time::Duration;

use super::super::super::group::{Group, Mark};
use super::super::super::ids::ResourceId;
use super::super::super::label::Label;
use super::super::super::member::Member;
use super::super::super::pool::TargetPool;
use super::super::guard::largest_step;
use super::super::request::Strategy;
use super::super::scale::PlanError;
use super::super::setting::Setting;
use super::super::{Size, pace};

/// Processes that would fight a redeploy.
pub(super) const AUTOMATION: [&str; 3] = ["AlarmNotification", "ScheduledActions", "AZRebalance"];

pub(super) struct Case<'a> {
    pub s: Setting<'a>,
    pub group: &'a Group,
    pub size: Size,
    /// Of the group, as far as they were read.
    pub pools: Vec<&'a TargetPool>,
    /// What one launch takes here; `None`: nothing to judge by.
    pub launch: Option<Duration>,
    pub drain: Option<Duration>,
}

impl<'a> Case<'a> {
    pub fn of(s: Setting<'a>, group: &ResourceId) -> Result<Self, PlanError> {
        let (group, size) = s.sized(group)?;
        let pools = group.pools.iter().filter_map(|id| s.snapshot.pool(id)).map(|p| &p.item).collect();
        Ok(Self { s, group, size, pools, launch: pace::launch(group), drain: pace::drain(s.snapshot, group) })
    }

    /// Members to be replaced: all that count.
    pub fn slots(&self) -> u32 {
        self.group.counted()
    }

    pub fn healthy(&self) -> u32 {
        self.group.healthy()
    }

    pub fn counted(&self) -> impl Iterator<Item = &'a Member> {
        self.group.members.iter().filter(|m| m.counts())
    }

    /// Healthy members that must stay: by the configured share, or else all but the largest step.
    pub fn floor(&self) -> u32 {
        let healthy = self.healthy();
        match self.s.rules.floor_percent {
            Some(percent) => (u64::from(healthy) * u64::from(percent.min(100))).div_ceil(100) as u32,
            None => healthy.saturating_sub(largest_step(self.size.desired, self.s.rules.max_step_percent)),
        }
    }

    /// Processes that are off while the console replaces members itself, beside those that are off already. Where the group trusts its
    /// balancer's checks, a member taken out of its pool would be replaced behind our back.
    pub fn off(&self) -> Vec<&'static str> {
        let mut off = AUTOMATION.to_vec();
        if self.group.health_check.to_ascii_uppercase().contains("ELB") && !self.group.pools.is_empty() {
            off.extend(["HealthCheck", "ReplaceUnhealthy"]);
        }
        off
    }

    /// `v41 ×4, v42 ×2`.
    pub fn running(&self) -> String {
        let versions = self.group.versions();
        if versions.is_empty() {
            return "not known".to_owned();
        }
        versions.iter().map(|(v, n)| format!("{v} ×{n}")).collect::<Vec<_>>().join(", ")
    }

    /// The version new members get; `None`: not known.
    pub fn wanted(&self, strategy: &Strategy) -> Option<Label> {
        let named = match strategy {
            Strategy::Native(p) => p.version.clone(),
            Strategy::BlueGreen(b) => b.version.clone(),
            Strategy::SurgeAndDrain { .. } | Strategy::InPlace { .. } => None,
        };
        named.or_else(|| self.group.version_wanted.clone())
    }

    /// `v41 → v42`, or `on v41 again`.
    pub fn journey(&self, strategy: &Strategy) -> String {
        let wanted = self.wanted(strategy);
        match (self.group.versions().first().map(|(v, _)| v.clone()), wanted) {
            (Some(from), Some(to)) if from == to && self.group.versions().len() == 1 => format!("on {to} again"),
            (Some(from), Some(to)) if from == to => format!("all to {to}"),
            (Some(from), Some(to)) => format!("{from} → {to}"),
            (_, Some(to)) => format!("to {to}"),
            (_, None) => "as the group says".to_owned(),
        }
    }

    /// Every member runs this version already.
    pub fn all_run(&self, version: &Label) -> bool {
        self.slots() > 0 && self.counted().all(|m| m.version.as_ref() == Some(version))
    }

    /// Whether what runs now could be launched again, in words.
    pub fn way_back(&self) -> String {
        let wanted = &self.group.version_wanted;
        let old: Vec<Label> = self.group.versions().into_iter().map(|(v, _)| v).filter(|v| Some(v) != wanted.as_ref()).collect();
        match (old.first(), wanted) {
            (Some(old), Some(wanted)) => {
                format!(
                    "after it {old} is launched by nobody: the group launches {wanted}, and going back is a native redeploy that names {old}"
                )
            }
            (None, Some(wanted)) => {
                format!("the old members run {wanted} too: what they installed at boot then may not be had again")
            }
            (_, None) => "which version the group launches is not known".to_owned(),
        }
    }

    /// `healthy in portal-tg`, or what stands in for it.
    pub fn ready_words(&self) -> String {
        if self.pools.is_empty() {
            return "in service and warm".to_owned();
        }
        let names: Vec<&str> = self.pools.iter().map(|p| &*p.name).collect();
        format!("in service, healthy in {} and warm", names.join(" and "))
    }

    /// Reasons against every strategy.
    pub fn refusals(&self) -> Vec<String> {
        let g = self.group;
        let mut out = Vec::new();
        if g.weighted {
            out.push("capacity counts units of weight: members and units do not convert into each other".to_owned());
        }
        if self.slots() == 0 {
            out.push("there is no member to replace".to_owned());
        }
        if let Some(owner) = g.owner.as_ref().filter(|o| o.exclusive) {
            out.push(format!("only {} may change this group", owner.tool));
        }
        if let Some(status) = g.status.as_ref().filter(|s| s.word.to_ascii_lowercase().starts_with("delet")) {
            out.push(format!("the group is being deleted ({})", status.word));
        }
        if let Some(rollout) = g.rollout.as_ref().filter(|r| r.status.is_moving()) {
            out.push(format!("an instance refresh is under way ({}): cancel it or wait for it", rollout.status.word));
        }
        let off: Vec<&str> = ["Launch", "Terminate"].into_iter().filter(|p| g.is_suspended(p)).collect();
        match g.mark().filter(Mark::is_freeze) {
            // What a freeze switched off is not resumed one by one.
            Some(freeze) if !off.is_empty() => out.push(format!("the group is frozen ({}): thaw it first", freeze.text)),
            _ => out.extend(off.into_iter().map(|process| format!("{process} is suspended: resume it first"))),
        }
        if g.is_suspended("AddToLoadBalancer") && !g.pools.is_empty() {
            out.push("AddToLoadBalancer is suspended: new members would never be registered; resume it first".to_owned());
        }
        out
    }
}
