//! Acts on members chosen by id: out for good or replaced, parked and back, protected, off their balancer and on it again, rebooted.

mod balancer;
mod moves;
mod standing;

use super::super::group::{Group, GroupKind};
use super::super::ids::ResourceId;
use super::super::label::Label;
use super::super::member::Member;
use super::request::{MemberAct, MemberRequest};
use super::scale::PlanError;
use super::setting::{Setting, few};
use super::{Call, Impact, ImpactNote, Inverse, Plan, Precondition, Request, Size};

/// A request with the members it found.
struct Chosen<'a> {
    s: Setting<'a>,
    group: &'a Group,
    request: MemberRequest,
    /// In id order, each once.
    members: Vec<&'a Member>,
}

/// What an act makes of it.
struct Made {
    verb: &'static str,
    calls: Vec<Call>,
    preconditions: Vec<Precondition>,
    impact: Impact,
    inverse: Inverse,
    /// By name everywhere.
    grave: bool,
}

pub(super) fn plan(s: Setting<'_>, request: &MemberRequest) -> Result<Plan, PlanError> {
    let group = s.group(&request.group)?;
    let chosen = choose(s, group, request)?;
    let alone = matches!(request.act, MemberAct::Reboot | MemberAct::Register | MemberAct::Deregister);
    if group.kind == GroupKind::Instance && !alone {
        return Err(PlanError::NotScalable(group.name.to_string()));
    }
    let made = match request.act {
        MemberAct::Terminate | MemberAct::Replace => moves::out(&chosen)?,
        MemberAct::Standby | MemberAct::StandbyReplaced => moves::park(&chosen)?,
        MemberAct::InService => moves::back(&chosen)?,
        MemberAct::Protect | MemberAct::Unprotect => standing::protect(&chosen)?,
        MemberAct::Reboot => standing::reboot(&chosen)?,
        MemberAct::Deregister => balancer::deregister(&chosen)?,
        MemberAct::Register => balancer::register(&chosen)?,
    };
    Ok(Plan {
        target: group.id.clone(),
        name: group.name.clone(),
        title: Label::new(format!("{} {} of {}", made.verb, few(chosen.members.iter().copied()), group.name)),
        calls: made.calls,
        preconditions: made.preconditions,
        impact: made.impact,
        confirmation: s.confirmation(&group.name, made.grave),
        inverse: made.inverse,
        request: Request::Member(chosen.request),
    })
}

fn choose<'a>(s: Setting<'a>, group: &'a Group, request: &MemberRequest) -> Result<Chosen<'a>, PlanError> {
    let mut ids = request.members.clone();
    ids.sort();
    ids.dedup();
    let found = |id: &ResourceId| group.members.iter().find(|m| m.id == *id);
    let missing: Vec<String> = ids.iter().filter(|id| found(id).is_none()).map(|id| Label::new(id.native()).to_string()).collect();
    if !missing.is_empty() {
        return Err(PlanError::NotPossible(format!("{} no longer in {}", are(&missing), group.name)));
    }
    let members: Vec<&Member> = ids.iter().filter_map(found).collect();
    if members.is_empty() {
        return Err(PlanError::NotPossible("choose at least one member".to_owned()));
    }
    Ok(Chosen { s, group, request: MemberRequest { members: ids, ..request.clone() }, members })
}

fn are(names: &[String]) -> String {
    format!("{} {}", names.join(", "), if names.len() == 1 { "is" } else { "are" })
}

impl Chosen<'_> {
    /// The group's size; a single instance in no group has no numbers, and is one.
    fn size(&self) -> Result<Size, PlanError> {
        match (Size::of(self.group), self.group.kind) {
            (Some(size), _) => Ok(size),
            (None, GroupKind::Instance) => Ok(Size { min: 1, max: 1, desired: 1 }),
            (None, _) => Err(PlanError::NotKnown(self.group.name.to_string())),
        }
    }

    fn ids(&self) -> &[ResourceId] {
        &self.request.members
    }

    /// Refuses an act that some members are not fit for, naming each with what it is.
    fn refuse_unfit(&self, fit: impl Fn(&Member) -> bool, wants: &str) -> Result<(), PlanError> {
        let unfit: Vec<String> = self.members.iter().filter(|m| !fit(m)).map(|m| format!("{} is {}", m.label, m.lifecycle.word)).collect();
        if unfit.is_empty() { Ok(()) } else { Err(PlanError::NotPossible(format!("{}: {wants}", unfit.join(", ")))) }
    }

    /// Goes on with only those an act would change.
    fn keep(&mut self, changes: impl Fn(&Member) -> bool) {
        self.members.retain(|m| changes(m));
        self.request.members = self.members.iter().map(|m| m.id.clone()).collect();
    }

    /// Those of them that serve now.
    fn serving(&self) -> u32 {
        self.members.iter().filter(|m| m.serves()).count() as u32
    }

    fn opposite(&self, act: MemberAct) -> Inverse {
        Inverse::Request(Box::new(Request::Member(MemberRequest { act, ..self.request.clone() })))
    }

    fn finish(&self, impact: Impact, notes: Vec<ImpactNote>) -> Impact {
        self.s.finish(impact, self.group, "", notes)
    }
}

#[cfg(test)]
mod tests;
