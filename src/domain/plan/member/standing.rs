//! Acts that leave members where they are: protection from scale-in, and a reboot.

use super::super::super::group::GroupKind;
use super::super::super::label::Label;
use super::super::super::verdict::Verdict;
use super::super::impact::still;
use super::super::notes::note;
use super::super::precondition::PreconditionField::{Lifecycle, Protection};
use super::super::request::MemberAct;
use super::super::scale::PlanError;
use super::super::setting::presume;
use super::super::{Call, Inverse};
use super::{Chosen, Made};

/// Most members one call of protection takes.
const PROTECTS: usize = 50;

pub(super) fn protect(c: &Chosen<'_>) -> Result<Made, PlanError> {
    let on = c.request.act == MemberAct::Protect;
    let (group, size) = c.s.sized(&c.group.id)?;
    let mut c = Chosen { s: c.s, group, request: c.request.clone(), members: c.members.clone() };
    c.keep(|m| m.protected != on);
    if c.members.is_empty() {
        let state = if on { "protected" } else { "unprotected" };
        return Err(PlanError::NotPossible(format!("nothing would change: all of them are {state} already")));
    }
    c.refuse_unfit(crate::domain::Member::in_service, "protection is set on members in service")?;
    let chunks = c.ids().chunks(PROTECTS);
    let calls = chunks.map(|ids| Call::Protect { group: group.id.clone(), members: ids.to_vec(), on }).collect();
    let now = group.members.iter().filter(|m| m.counts() && m.protected).count();
    let after = if on { now + c.members.len() } else { now.saturating_sub(c.members.len()) };
    let mut impact = still(group, size, size);
    impact.changes.push((Label::new("protected"), Label::new(now.to_string()), Label::new(after.to_string())));
    let mut own = Vec::new();
    if on {
        let text = "it protects from scale-in alone: not from replacement of unhealthy ones, spot reclaims, or going by id";
        own.push(note(Verdict::Notice, text));
        if after as u32 >= group.counted() {
            own.push(note(Verdict::Warning, "all members are protected then: scaling in lowers desired, but nobody goes"));
        }
    }
    Ok(Made {
        verb: if on { "Protect" } else { "No longer protect" },
        calls,
        preconditions: presume(&[Protection, Lifecycle], group, c.ids()),
        impact: c.finish(impact, own),
        inverse: c.opposite(if on { MemberAct::Unprotect } else { MemberAct::Protect }),
        grave: false,
    })
}

pub(super) fn reboot(c: &Chosen<'_>) -> Result<Made, PlanError> {
    let group = c.group;
    let single = group.kind == GroupKind::Instance;
    c.refuse_unfit(
        |m| m.in_service() || matches!(&*m.lifecycle.word, "Standby" | "running"),
        "only members in service or in standby are rebooted",
    )?;
    let size = c.size()?;
    let mut impact = still(group, size, size);
    let (healthy, all) = impact.healthy_now;
    let left = healthy.saturating_sub(c.serving().min(1));
    impact.healthy_least = Some((left, all));
    let mut own = vec![note(Verdict::Notice, "connections drop; a reboot that hangs is forced by the cloud after some minutes")];
    if healthy > 0 && left == 0 {
        own.push(note(Verdict::Warning, "nobody serves meanwhile"));
    }
    let checked = group.health_check.contains("ELB") && !group.is_suspended("ReplaceUnhealthy") && !group.is_suspended("HealthCheck");
    if !single && checked && c.serving() > 0 {
        let text = "the group may replace a member that fails its checks meanwhile: put it into standby first";
        own.push(note(Verdict::Warning, text));
    }
    own.extend(super::moves::in_turn(c));
    Ok(Made {
        verb: "Reboot",
        calls: c.ids().iter().map(|id| Call::Reboot { group: group.id.clone(), member: id.clone() }).collect(),
        preconditions: presume(&[Lifecycle], group, c.ids()),
        impact: c.finish(impact, own),
        inverse: Inverse::None(Label::new("a reboot cannot be taken back")),
        grave: false,
    })
}
