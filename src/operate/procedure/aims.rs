//! The aims of acts that end with one reading: processes, a native refresh stopped, databases, mutes, a group removed.

use crate::domain::plan::{DatabaseAct, MuteRequest, ProcessRequest, RefreshAct};
use crate::domain::{Call, StatusClass};

use super::super::known::Known;
use super::super::shows::{names, shows};
use super::Look;
use super::steps::{Aim, Sight};

/// Done as soon as every call of the plan shows; `is` is how it reads until then.
fn shown(known: &Known, look: &Look, words: String, is: String) -> Sight {
    let done = known.plan.calls.iter().all(|c| shows(c, None, look) == Some(true));
    Sight { done, words, as_set: done, is, ..Sight::default() }
}

pub(super) struct Processes(pub ProcessRequest);

impl Aim for Processes {
    fn sight(&self, known: &Known, look: &Look, _settled: bool) -> Sight {
        let state = if self.0.suspend { "suspended" } else { "resumed" };
        let suspended: Vec<_> = look.group.suspended.iter().map(|s| s.name.clone()).collect();
        let is = if suspended.is_empty() { "nothing is suspended".to_owned() } else { format!("suspended are {}", names(&suspended)) };
        shown(known, look, format!("{} {state}", names(&self.0.processes)), is)
    }
}

/// A native refresh, called off or turned back.
pub(super) struct Refreshed(pub RefreshAct);

impl Aim for Refreshed {
    fn sight(&self, _known: &Known, look: &Look, settled: bool) -> Sight {
        let Some(rollout) = &look.group.rollout else {
            return Sight { done: true, as_set: true, words: "there is no refresh any more".to_owned(), ..Sight::default() };
        };
        let percent = rollout.percent.map_or_else(String::new, |p| format!(", {p} %"));
        let why = rollout.reason.as_ref().map_or_else(String::new, |r| format!(": {r}"));
        let words = format!("the refresh is {}{percent}{why}", rollout.status.word);
        let over = !rollout.status.is_moving();
        let wanted = match self.0 {
            RefreshAct::Cancel => "Cancelled",
            RefreshAct::RollBack => "RollbackSuccessful",
        };
        let done = over && *rollout.status.word == *wanted;
        // It came to another end of its own; right after the call a read may still show what was before.
        let lost = (over && !done && settled).then(|| format!("the refresh came to another end: {words}"));
        Sight { done, words, as_set: true, lost, ..Sight::default() }
    }
}

/// A database that comes back.
pub(super) struct Available(pub DatabaseAct);

impl Aim for Available {
    fn sight(&self, _known: &Known, look: &Look, settled: bool) -> Sight {
        let Some(database) = &look.database else { return Sight { as_set: true, ..Sight::default() } };
        let status = &database.status;
        if let DatabaseAct::Snapshot { name } = &self.0 {
            let snapshot = database.latest_snapshot.as_ref().filter(|s| s.name.eq_ignore_ascii_case(name));
            let (done, bad) = (snapshot.is_some_and(|s| s.status.is_good()), snapshot.is_some_and(|s| s.status.is_bad()));
            let words = snapshot
                .map_or_else(|| format!("the snapshot {name} is not listed yet"), |s| format!("the snapshot {name} is {}", s.status.word));
            return Sight { done, lost: bad.then(|| words.clone()), words, as_set: true, ..Sight::default() };
        }
        let mut words = format!("the database is {}", status.word);
        if let Some(zone) = &database.zone {
            words += &format!(", in {zone}");
        }
        // Right after the call it may still read as available; later that is what was waited for.
        let done = settled && status.is_good();
        let lost = (settled && status.class == StatusClass::Bad).then(|| words.clone());
        Sight { done, words, as_set: true, lost, ..Sight::default() }
    }
}

pub(super) struct Muted(pub MuteRequest);

impl Aim for Muted {
    fn sight(&self, known: &Known, look: &Look, _settled: bool) -> Sight {
        let words = match self.0.until {
            Some(until) => format!("muted until {}", until.strftime("%Y-%m-%d %H:%M UTC")),
            None => "no longer muted by this rule".to_owned(),
        };
        let rules: Vec<_> = look.alarm.iter().flat_map(|a| &a.muted).map(|(name, _)| name.clone()).collect();
        let is = if rules.is_empty() { "no rule mutes it".to_owned() } else { format!("muted by {}", names(&rules)) };
        shown(known, look, words, is)
    }
}

/// All traffic of the shared rules goes to the group.
pub(super) struct Rerouted;

impl Aim for Rerouted {
    /// Who was healthy on the card may not be any more.
    fn objection(&self, _known: &Known, look: &Look) -> Option<String> {
        (look.group.healthy() == 0).then(|| "nobody of the group is healthy: nobody would answer".to_owned())
    }

    fn sight(&self, known: &Known, look: &Look, _settled: bool) -> Sight {
        let shares: Vec<String> = look
            .routes()
            .filter_map(|r| Some(format!("{} sends {} %", r.name, look.group.pools.iter().find_map(|p| r.percent(p))?)))
            .collect();
        let is = if shares.is_empty() { "what its rules send is not known".to_owned() } else { shares.join(", ") };
        shown(known, look, format!("all traffic goes to {}", look.group.name), is)
    }
}

/// A group that a blue/green redeploy left warm.
pub(super) struct Retired;

impl Aim for Retired {
    /// The world may have moved back since the card.
    fn objection(&self, known: &Known, look: &Look) -> Option<String> {
        let own = |call: &Call| matches!(call, Call::DeleteGroup { .. });
        known.plan.calls.iter().any(own).then_some(())?;
        if look.blind.is_some() {
            return Some("whether it still gets traffic cannot be read".to_owned());
        }
        let busy = look.routes().find(|r| look.group.pools.iter().any(|p| r.percent(p).is_some_and(|percent| percent > 0)))?;
        Some(format!("{} still sends traffic to it", busy.name))
    }

    fn sight(&self, known: &Known, look: &Look, _settled: bool) -> Sight {
        let left = look.group.members.len() as u32;
        let before = known.start().map_or(left, |s| s.old.len() as u32);
        let words =
            if look.gone { "the group and its members are gone".to_owned() } else { format!("being deleted: {left} members are left") };
        Sight { done: look.gone, words, reached: before.saturating_sub(left), wanted: before, as_set: true, ..Sight::default() }
    }

    fn may_vanish(&self) -> bool {
        true
    }
}
