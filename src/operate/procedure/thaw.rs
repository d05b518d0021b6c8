//! Gives a frozen group back exactly what its freeze saved: bounds and desired first, then the processes, then the mark. What others
//! changed while it was frozen is not overwritten unless that was asked for.

use crate::domain::plan::{Saved, ThawRequest};
use crate::domain::{Call, Label, Now, Phase};

use super::super::known::Known;
use super::super::shows::names;
use super::{Look, Next, Procedure, Waiting};

const BOUNDS: &str = "bounds";
const RESUME: &str = "resume";
const SIGN: &str = "take-sign";

pub(super) struct Thaw {
    request: ThawRequest,
}

impl Thaw {
    pub fn new(request: ThawRequest) -> Self {
        Self { request }
    }

    /// What is not as the freeze left it.
    fn moved(&self, look: &Look) -> Option<String> {
        let Saved { pinned, suspended, .. } = &self.request.saved;
        let mut moved = Vec::new();
        let size = look.size();
        match size {
            Some(size) if size == *pinned => {}
            Some(size) => {
                moved.push(format!("it was pinned at {} and is at {} within {}–{}", pinned.desired, size.desired, size.min, size.max));
            }
            None => moved.push("bounds and desired capacity are not known".to_owned()),
        }
        let on: Vec<Label> = suspended.iter().filter(|p| !look.group.is_suspended(p)).cloned().collect();
        if !on.is_empty() {
            moved.push(format!("{} was switched on meanwhile", names(&on)));
        }
        (!moved.is_empty()).then(|| moved.join(", "))
    }
}

impl Procedure for Thaw {
    fn forward(&self, known: &Known, look: &Look, now: Now) -> Next {
        let Saved { size, suspended, .. } = &self.request.saved;
        let group = || self.request.group.clone();
        if known.is_untouched()
            && !self.request.overwrite
            && let Some(moved) = self.moved(look)
        {
            return Next::end(
                Phase::Refused,
                format!("refused: others changed the group while it was frozen: {moved}; thaw it again to overwrite that"),
            );
        }
        if !known.is_done(BOUNDS) && look.size() != Some(*size) {
            return Next::call(BOUNDS, Call::SetBounds { group: group(), min: size.min, max: size.max, desired: size.desired });
        }
        // To the cloud, an empty list means all of them.
        let off: Vec<Label> = suspended.iter().filter(|p| look.group.is_suspended(p)).cloned().collect();
        if !known.is_done(RESUME) && !off.is_empty() {
            return Next::call(RESUME, Call::ResumeProcesses { group: group(), processes: off });
        }
        let signed = look.group.mark().is_some_and(|m| m.operation == self.request.freeze);
        if signed && !known.is_done(SIGN) && !known.gave_up(SIGN) {
            return Next::call(SIGN, Call::Unmark { group: group(), operation: self.request.freeze.clone() });
        }
        let settled = known.done().last().is_none_or(|(_, m)| now.age_of(m.at) >= Call::SETTLE);
        if (look.size() != Some(*size) || !off.is_empty()) && !settled {
            return Next::Wait(Waiting::new(Phase::Following, "waits until it reads as it was before the freeze"));
        }
        let bounds = format!("{} within {}–{}", size.desired, size.min, size.max);
        if !off.is_empty() {
            return Next::end(Phase::Failed, format!("thawed to {bounds}, but {} still reads as suspended", names(&off)));
        }
        match look.size() {
            Some(is) if is != *size => Next::end(
                Phase::Done,
                format!("thawed to {bounds}, then changed by another: desired is {} within {}–{}", is.desired, is.min, is.max),
            ),
            _ if suspended.is_empty() => Next::end(Phase::Done, format!("thawed: {bounds}")),
            _ => Next::end(Phase::Done, format!("thawed: {bounds}, resumed: {}", names(suspended))),
        }
    }

    fn refused(&self, known: &Known, step: &str, error: &crate::providers::ProviderError) -> Next {
        let _ = known;
        if step == SIGN {
            return Next::Wait(Waiting::new(Phase::Following, format!("the mark of the freeze stays on the group: {error}")));
        }
        Next::end(Phase::Failed, error.of_call())
    }
}
