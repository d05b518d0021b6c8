//! Acts on members chosen by id: each has its own sign of being through.

use crate::domain::plan::{MemberAct, MemberRequest};
use crate::domain::{Call, Member, Now, ResourceId};

use super::super::goal::is_ready;
use super::super::known::Known;
use super::super::shows::{is_standby, shows};
use super::Look;
use super::steps::{Aim, Sight, Turn};

pub(super) struct Members(pub MemberRequest);

impl Aim for Members {
    /// Who is taken out shows in the next look before another one is: else the floor would be judged by a stale read. Who is replaced or
    /// rebooted is back before the next one goes.
    fn turn(&self, known: &Known, look: &Look, step: usize, now: Now) -> Turn {
        let last = &known.plan.calls[step - 1];
        let age = known.done().last().map_or(Call::SETTLE, |(_, m)| now.age_of(m.at));
        if last.takes_out().is_empty() {
            return Turn::Go;
        }
        if age < Call::SETTLE && shows(last, None, look) != Some(true) {
            return Turn::Wait(format!("waits until it shows: {}", last.describe()));
        }
        let healthy = known.start().map_or(0, |s| s.healthy);
        match self.0.act {
            MemberAct::Replace | MemberAct::StandbyReplaced | MemberAct::Reboot if look.group.healthy() < healthy => {
                Turn::Wait(format!("waits until {healthy} are healthy again, {} are: {}", look.group.healthy(), last.describe()))
            }
            _ => Turn::Go,
        }
    }

    fn sight(&self, known: &Known, look: &Look, settled: bool) -> Sight {
        let ids = &self.0.members;
        let through = ids.iter().filter(|id| is_through(self.0.act, look, id, settled)).count() as u32;
        let all = ids.len() as u32;
        let mut words = format!("{through} of {all} {}", participle(self.0.act));
        let mut done = through == all;
        // Somebody takes their place: the act is through when that one serves.
        if matches!(self.0.act, MemberAct::Replace | MemberAct::StandbyReplaced | MemberAct::Reboot) {
            let (healthy, wanted) =
                (look.group.members.iter().filter(|m| is_ready(m, look)).count() as u32, known.start().map_or(0, |s| s.healthy));
            words += &format!(", {healthy} healthy of {wanted} before");
            done &= healthy >= wanted && (settled || self.0.act != MemberAct::Reboot);
        }
        Sight { done, words, reached: through, wanted: all, as_set: true, ..Sight::default() }
    }
}

fn is_through(act: MemberAct, look: &Look, id: &ResourceId, settled: bool) -> bool {
    let member = look.group.members.iter().find(|m| m.id == *id);
    let stands = || look.pools.iter().flat_map(|p| p.targets.iter().flatten()).any(|t| t.member == *id);
    match act {
        MemberAct::Terminate | MemberAct::Replace => {
            member.is_none_or(|m| matches!(&*m.lifecycle.word, "Terminated" | "Detached")) && !stands()
        }
        MemberAct::Standby | MemberAct::StandbyReplaced => member.is_some_and(|m| &*m.lifecycle.word == "Standby"),
        MemberAct::InService => member.is_some_and(|m| !is_standby(m) && is_ready(m, look)),
        MemberAct::Protect => member.is_some_and(|m| m.protected),
        MemberAct::Unprotect => member.is_some_and(|m| !m.protected),
        MemberAct::Deregister => !stands(),
        MemberAct::Register => member.is_some_and(|m: &Member| !m.targets.is_empty() && m.targets.iter().all(|t| t.state.is_good())),
        // It leaves no trace but that it serves, some time later.
        MemberAct::Reboot => settled && member.is_some_and(|m| is_ready(m, look)),
    }
}

fn participle(act: MemberAct) -> &'static str {
    match act {
        MemberAct::Terminate | MemberAct::Replace => "gone",
        MemberAct::Standby | MemberAct::StandbyReplaced => "in standby",
        MemberAct::InService => "in service and healthy",
        MemberAct::Protect => "protected",
        MemberAct::Unprotect => "no longer protected",
        MemberAct::Deregister => "deregistered and drained",
        MemberAct::Register => "registered and healthy",
        MemberAct::Reboot => "rebooted and healthy",
    }
}
