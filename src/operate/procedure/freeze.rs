//! The red button: the group's automation off first, then a fresh look, then bounds and desired pinned to what that look shows. What was
//! there before is saved before the pin. The mark stays, so that every console sees the group frozen.

use crate::domain::plan::missed::SCHEDULES;
use crate::domain::plan::{FreezeRequest, Saved, Size};
use crate::domain::{Call, Fact, Label, Now, Phase};

use super::super::known::Known;
use super::super::shows::names;
use super::{Look, Next, Procedure, Waiting};

const SUSPEND: &str = "suspend-";
const PIN: &str = "pin";
const SIGN: &str = "sign";

/// Times that a process which somebody switched on again is switched off once more.
const SUSPENSIONS: usize = 3;

pub(super) struct Freeze {
    request: FreezeRequest,
}

impl Freeze {
    pub fn new(request: FreezeRequest) -> Self {
        Self { request }
    }

    fn missing(&self, look: &Look) -> Vec<Label> {
        self.request.processes.iter().filter(|p| !look.group.is_suspended(p)).cloned().collect()
    }

    /// Switches off what is not; `None`: nothing is left to do about it.
    fn suspend(&self, known: &Known, look: &Look, now: Now) -> Option<Next> {
        let missing = self.missing(look);
        let made: Vec<_> = known.done().into_iter().filter(|(step, _)| step.starts_with(SUSPEND)).map(|(_, m)| m.at).collect();
        if missing.is_empty() || made.len() >= SUSPENSIONS {
            return None;
        }
        if made.last().is_some_and(|at| now.age_of(*at) < Call::SETTLE) {
            return Some(Next::Wait(Waiting::new(Phase::Following, format!("waits until {} reads as suspended", names(&missing)))));
        }
        let call = Call::Suspend { group: self.request.group.clone(), processes: missing };
        Some(Next::call(format!("{SUSPEND}{}", made.len() + 1), call))
    }

    /// What this look is pinned to.
    fn saved(&self, known: &Known, look: &Look, size: Size) -> Saved {
        // Members that are there and stay must not be thrown out by the pin; units of weight are not members.
        let there = if look.group.weighted { 0 } else { look.group.counted() };
        let n = size.desired.max(there);
        let before = known.start().map(|s| s.suspended.clone()).unwrap_or_default();
        let suspended: Vec<Label> = self.request.processes.iter().filter(|p| !before.contains(p)).cloned().collect();
        let due = if suspended.iter().any(|p| &**p == SCHEDULES) { known.plan.impact.due.clone() } else { Vec::new() };
        Saved { size, pinned: Size { min: n, max: n, desired: n }, suspended, due }
    }
}

/// What it saved last.
fn last_saved(known: &Known) -> Option<&Saved> {
    known.facts.iter().rev().find_map(|(_, f)| match f {
        Fact::Frozen(saved) => Some(&**saved),
        _ => None,
    })
}

impl Procedure for Freeze {
    fn forward(&self, known: &Known, look: &Look, now: Now) -> Next {
        if let Some(next) = self.suspend(known, look, now) {
            return next;
        }
        let Some(size) = look.size() else { return Next::end(Phase::Failed, "bounds and desired capacity are not known: not pinned") };
        let group = || self.request.group.clone();
        if !known.is_done(PIN) {
            let saved = self.saved(known, look, size);
            if last_saved(known) != Some(&saved) && size != saved.pinned {
                return Next::Note(Fact::Frozen(Box::new(saved)));
            }
            if last_saved(known).is_none() {
                return Next::Note(Fact::Frozen(Box::new(saved)));
            }
            let Size { min, max, desired } = saved.pinned;
            if size != saved.pinned {
                return Next::call(PIN, Call::SetBounds { group: group(), min, max, desired });
            }
        }
        let Some(saved) = last_saved(known) else { return Next::end(Phase::Failed, "what was saved is not on record") };
        if !known.is_done(SIGN) && !known.gave_up(SIGN) {
            // By its first word every console knows a frozen group. Who and since when, the driver adds.
            let text = Label::new(format!("freeze at {}", saved.pinned.desired));
            return Next::call(SIGN, Call::Mark { group: group(), operation: known.id.clone(), text });
        }
        if size != saved.pinned {
            let settled = known.done_at(PIN).is_none_or(|at| now.age_of(at) >= Call::SETTLE);
            if !settled {
                return Next::Wait(Waiting::new(Phase::Following, format!("waits until it reads as pinned at {}", saved.pinned.desired)));
            }
            return Next::end(
                Phase::Done,
                format!(
                    "frozen at {}, then changed by another: desired is {} within {}–{}",
                    saved.pinned.desired, size.desired, size.min, size.max
                ),
            );
        }
        let off = if self.request.processes.is_empty() { "nothing".to_owned() } else { names(&self.request.processes) };
        let on = self.missing(look);
        if on.is_empty() {
            return Next::end(Phase::Done, format!("frozen at {}, suspended: {off}", saved.pinned.desired));
        }
        Next::end(Phase::Failed, format!("pinned at {}, but {} does not stay suspended", saved.pinned.desired, names(&on)))
    }

    /// What it asks for is absolute, made from a fresh look, and wanted now.
    fn insists(&self) -> bool {
        true
    }

    /// Who may not tag a group can freeze it all the same.
    fn refused(&self, known: &Known, step: &str, error: &crate::providers::ProviderError) -> Next {
        let _ = known;
        if step == SIGN {
            return Next::Wait(Waiting::new(Phase::Following, format!("the group cannot be marked as frozen: {error}")));
        }
        Next::end(Phase::Failed, error.of_call())
    }
}
