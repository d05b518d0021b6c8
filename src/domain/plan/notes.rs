//! What the card says beside the numbers: what is under way, what is switched off, who will fight back, who owns the group, how old
//! the picture is. Worst first. A fact that was not read is said to be unknown, never left out.

mod automation;
mod state;

use super::super::group::Group;
use super::super::ids::ResourceId;
use super::super::label::Label;
use super::super::snapshot::Snapshot;
use super::super::time::Now;
use super::super::verdict::Verdict;
use super::{Impact, ImpactNote, Size};

/// All a note may look at.
pub(super) struct Sight<'a> {
    pub snapshot: &'a Snapshot,
    pub group: &'a Group,
    pub before: Size,
    pub after: Size,
    pub impact: &'a Impact,
    /// The cloud is asked to wait for the cooldown.
    pub honor_cooldown: bool,
    /// Members chosen to go.
    pub chosen: &'a [ResourceId],
    /// What an owner's next run may do to a change that moves neither bounds nor desired.
    pub drift: &'static str,
    pub now: Now,
}

impl Sight<'_> {
    fn up(&self) -> bool {
        self.after.desired > self.before.desired
    }

    fn down(&self) -> bool {
        self.after.desired < self.before.desired
    }

    fn step(&self) -> u32 {
        self.after.desired.abs_diff(self.before.desired)
    }

    fn bounds_move(&self) -> bool {
        (self.before.min, self.before.max) != (self.after.min, self.after.max)
    }
}

/// Of a change of size.
pub(super) fn notes(sight: &Sight<'_>) -> Vec<ImpactNote> {
    let mut out = Vec::new();
    state::add(sight, &mut out);
    automation::add(sight, &mut out);
    worst_first(out)
}

/// What is worth knowing of a group whatever is done to it.
pub(super) fn common(sight: &Sight<'_>) -> Vec<ImpactNote> {
    let mut out = Vec::new();
    state::common(sight, &mut out);
    automation::suspended(sight, &mut out);
    out
}

/// The same, and what acts by itself while the change goes on. `off` are the processes that are off meanwhile.
pub(super) fn during(sight: &Sight<'_>, off: &[&str]) -> Vec<ImpactNote> {
    let mut out = common(sight);
    automation::meanwhile(sight, off, &mut out);
    out
}

pub(super) fn worst_first(mut notes: Vec<ImpactNote>) -> Vec<ImpactNote> {
    notes.sort_by_key(|n| std::cmp::Reverse(n.verdict));
    notes
}

pub(super) fn note(verdict: Verdict, text: impl AsRef<str>) -> ImpactNote {
    ImpactNote { verdict, text: Label::new(text) }
}

/// `this one`, `these two`, `these 12`.
fn these(n: u32) -> String {
    const WORDS: [&str; 8] = ["two", "three", "four", "five", "six", "seven", "eight", "nine"];
    match n {
        1 => "this one".to_owned(),
        2..=9 => format!("these {}", WORDS[n as usize - 2]),
        _ => format!("these {n}"),
    }
}

/// `40 s`, `3 min`, `2 h`: rounded, because nothing here is known to the second.
pub(super) fn roughly(time: std::time::Duration) -> String {
    let s = time.as_secs();
    match s {
        0..=90 => format!("{s} s"),
        91..=5_400 => format!("{} min", (s + 30) / 60),
        _ => format!("{} h", (s + 1_800) / 3_600),
    }
}

#[cfg(test)]
mod tests;
