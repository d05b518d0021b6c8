//! What every planner looks at, and what all plans of groups have in common.

use super::super::group::Group;
use super::super::ids::ResourceId;
use super::super::label::Label;
use super::super::member::Member;
use super::super::snapshot::Snapshot;
use super::super::time::Now;
use super::notes::{self, Sight};
use super::outlook;
use super::precondition::{Precondition, PreconditionField};
use super::scale::PlanError;
use super::{Confirmation, GuardRules, Impact, ImpactNote, Size};

#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    pub snapshot: &'a Snapshot,
    pub rules: &'a GuardRules,
    pub now: Now,
}

impl<'a> Setting<'a> {
    pub fn group(&self, id: &ResourceId) -> Result<&'a Group, PlanError> {
        Ok(&self.snapshot.group(id).ok_or(PlanError::Gone)?.item)
    }

    /// A group that can be scaled, with its size.
    pub fn sized(&self, id: &ResourceId) -> Result<(&'a Group, Size), PlanError> {
        let group = self.group(id)?;
        if !group.kind.can_scale() {
            return Err(PlanError::NotScalable(group.name.to_string()));
        }
        let size = Size::of(group).ok_or_else(|| PlanError::NotKnown(group.name.to_string()))?;
        Ok((group, size))
    }

    /// By name where the environment asks for it; `always`: everywhere, the simulated estate included.
    pub fn confirmation(&self, name: &Label, always: bool) -> Confirmation {
        if always || self.rules.environment.asks_for_name() { Confirmation::TypeName(name.clone()) } else { Confirmation::Enter }
    }

    /// Completes the impact of a change that is not about size: surroundings and notes, `own` ones among them.
    pub fn finish(&self, impact: Impact, group: &Group, drift: &'static str, own: Vec<ImpactNote>) -> Impact {
        self.finish_during(impact, group, drift, own, None)
    }

    /// The same for one that takes its time; `off` are the processes that are off meanwhile.
    pub fn finish_during(
        &self,
        mut impact: Impact,
        group: &Group,
        drift: &'static str,
        own: Vec<ImpactNote>,
        off: Option<&[&str]>,
    ) -> Impact {
        outlook::complete(&mut impact, self.snapshot, group, self.now);
        let size = |of: fn(&(u32, u32)) -> u32| Size { min: of(&impact.min), max: of(&impact.max), desired: of(&impact.desired) };
        let (before, after) = (size(|p| p.0), size(|p| p.1));
        let sight = Sight {
            snapshot: self.snapshot,
            group,
            before,
            after,
            impact: &impact,
            honor_cooldown: false,
            chosen: &[],
            drift,
            now: self.now,
        };
        let mut all = own;
        all.extend(match off {
            Some(off) => notes::during(&sight, off),
            None => notes::common(&sight),
        });
        impact.notes = notes::worst_first(all);
        impact
    }
}

pub(super) fn presume(fields: &[PreconditionField], group: &Group, named: &[ResourceId]) -> Vec<Precondition> {
    fields.iter().map(|f| Precondition::of(*f, group, named)).collect()
}

/// `i-01`, `i-01 and i-02`, `i-01, i-02 and 4 more`.
pub(super) fn few<'a>(members: impl IntoIterator<Item = &'a Member>) -> String {
    named(&members.into_iter().map(|m| m.label.to_string()).collect::<Vec<_>>())
}

pub(super) fn named(words: &[String]) -> String {
    match words {
        [] => "nobody".to_owned(),
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [one, two, three] => format!("{one}, {two} and {three}"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} more", rest.len()),
    }
}

/// `Launch, Terminate`, or `none`.
pub(super) fn listed(words: &[Label]) -> String {
    if words.is_empty() { "none".to_owned() } else { words.iter().map(|w| &**w).collect::<Vec<_>>().join(", ") }
}

/// `1 member`, `3 members`.
pub(super) fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}
