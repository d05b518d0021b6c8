//! What an operation borrows: the mark on its group, and processes of the group's automation that must be off while it works. Written down
//! before they are taken, and exactly these given back; an empty list makes no call.

use jiff::Timestamp;

use crate::domain::plan::Rule;
use crate::domain::{Call, Fact, FailureKind, Label, Order, Phase};

use super::super::end::End;
use super::super::procedure::Look;
use super::super::shows::names;
use super::{Driver, PACE};

/// Tries to give something back before that is left to a human, and the longest wait between two of them.
const TRIES: u32 = 16;
const LONGEST: std::time::Duration = std::time::Duration::from_secs(30);

/// Reads that fail before something is given back without one.
const BLIND: u32 = 3;

const MARK: &str = "mark";
const UNMARK: &str = "unmark";
const BORROW: &str = "borrow-";
const GIVE_BACK: &str = "give-back-";

/// Steps that belong to the driver, not to the procedure.
pub(super) fn is_housekeeping(step: &str) -> bool {
    [MARK, UNMARK, BORROW, GIVE_BACK].iter().any(|prefix| step.starts_with(prefix))
}

impl Driver {
    /// Marks the group and borrows what the procedure needs now, before it makes a call or waits. Whether anything was done for it: then
    /// the world is to be looked at again.
    pub(super) async fn prepare(&mut self, look: &Look) -> Result<bool, End> {
        if self.procedure.marks() && self.mark(look).await? {
            return Ok(true);
        }
        let wanted = self.procedure.borrows(&self.known, look);
        let excess: Vec<Label> = self.known.borrowed().into_iter().filter(|p| !wanted.contains(p)).collect();
        if !excess.is_empty() {
            if !self.give_back(excess.clone()).await? {
                let why = format!("{} could not be switched on again", names(&excess));
                self.pause_by_itself(why).await?;
            }
            return Ok(true);
        }
        self.borrow(&wanted, look).await
    }

    async fn mark(&mut self, look: &Look) -> Result<bool, End> {
        if self.is_marked() || self.unmarkable {
            return Ok(false);
        }
        if let Some(mark) = look.group.mark().filter(|m| m.operation != self.known.id)
            && self.known.rules.overridden(Rule::Busy).is_none()
            && !self.is_over(&mark.operation).await
        {
            self.pause_by_itself(format!("another operation is at work on the group: {} ({})", mark.text, mark.operation)).await?;
            return Ok(true);
        }
        let text = self.signed(&self.known.plan.title);
        let call = Call::Mark { group: self.known.plan.target.clone(), operation: self.known.id.clone(), text };
        let step = nth(MARK, self.count(MARK) + 1);
        if let Some(error) = self.send(&step, &call, look.at, &call.describe()).await? {
            if error.kind == FailureKind::Throttled {
                self.rest(error.retry_after.unwrap_or(PACE)).await?;
            } else {
                // Who may not tag can still work; others are not warned.
                self.remark(&format!("the group cannot be marked as being worked on: {error}")).await;
                self.unmarkable = true;
            }
        }
        Ok(true)
    }

    /// Takes the mark off again; that it stays is said, but is no reason to fail.
    async fn unmark(&mut self) -> Result<(), End> {
        for tries in 1..=TRIES {
            if !self.is_marked() {
                return Ok(());
            }
            let call = Call::Unmark { group: self.known.plan.target.clone(), operation: self.known.id.clone() };
            let step = nth(UNMARK, self.count(UNMARK) + 1);
            let now = self.now();
            match self.send(&step, &call, now, &call.describe()).await? {
                // Nothing is asked twice before it is known what became of the first.
                None => self.find_out(TRIES, true).await?,
                Some(error) if error.kind == FailureKind::Throttled => {
                    self.rest(error.retry_after.unwrap_or((PACE * tries).min(LONGEST))).await?;
                }
                Some(error) => {
                    self.remark(&format!("our mark stays on the group: {error}")).await;
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    pub(super) fn is_marked(&self) -> bool {
        self.count(MARK) > self.count(UNMARK)
    }

    /// Steps of this name that are done.
    fn count(&self, prefix: &str) -> usize {
        self.known.done().iter().filter(|(step, _)| step.starts_with(prefix)).count()
    }

    /// Switches off what is not off already. Whether anything was done for it, or has to be waited for.
    pub(super) async fn borrow(&mut self, wanted: &[Label], look: &Look) -> Result<bool, End> {
        let on: Vec<Label> = wanted.iter().filter(|p| !look.group.is_suspended(p)).cloned().collect();
        if on.is_empty() {
            return Ok(false);
        }
        let ours = self.known.borrowed();
        let fresh: Vec<Label> = on.iter().filter(|p| !ours.contains(p)).cloned().collect();
        if !fresh.is_empty() {
            self.note(Fact::Borrowed { processes: fresh }).await?;
        }
        if let Some(at) = self.suspended_at(&on) {
            if self.now().age_of(at) < Call::SETTLE {
                self.show(Phase::Checking, &format!("waits until {} reads as suspended", names(&on))).await;
                self.rest(PACE).await?;
            } else {
                // Nobody is fought with.
                self.pause_by_itself(format!("somebody switched {} on while this works", names(&on))).await?;
            }
            return Ok(true);
        }
        let call = Call::Suspend { group: self.known.plan.target.clone(), processes: on };
        let step = nth(BORROW, self.count(BORROW) + 1);
        if let Some(error) = self.send(&step, &call, look.at, &call.describe()).await? {
            self.refusal(&step, &error, look).await?;
        }
        Ok(true)
    }

    /// When one of these was suspended by us, since it was borrowed last and since it was last told to go on.
    fn suspended_at(&self, processes: &[Label]) -> Option<Timestamp> {
        let since = self.since(|f| matches!(f, Fact::Borrowed { processes: p } if p.iter().any(|p| processes.contains(p))));
        let resumed = self.since(|f| matches!(f, Fact::Ordered { order: Order::Resume, .. }));
        let ours = |call: &Call| matches!(call, Call::Suspend { processes: p, .. } if p.iter().any(|p| processes.contains(p)));
        let at = self.known.done().iter().rev().find(|(step, m)| is_housekeeping(step) && ours(&m.call)).map(|(_, m)| m.at)?;
        (Some(at) >= since && resumed.is_none_or(|r| at >= r)).then_some(at)
    }

    fn since(&self, test: impl Fn(&Fact) -> bool) -> Option<Timestamp> {
        self.known.facts.iter().rev().find(|(_, f)| test(f)).map(|(at, _)| *at)
    }

    /// Whether the cloud was ever asked to switch one of these off since it was borrowed.
    fn asked_to_suspend(&self, processes: &[Label]) -> bool {
        let since = self.since(|f| matches!(f, Fact::Borrowed { processes: p } if p.iter().any(|p| processes.contains(p))));
        self.known.made.values().any(|m| {
            let covers = matches!(&m.call, Call::Suspend { processes: p, .. } if p.iter().any(|p| processes.contains(p)));
            covers && m.answer != Some(crate::journal::Answer::Refused) && Some(m.at) >= since
        })
    }

    /// When these were switched on by us, since they were borrowed last.
    fn given_at(&self, processes: &[Label]) -> Option<Timestamp> {
        let since = self.since(|f| matches!(f, Fact::Borrowed { processes: p } if p.iter().any(|p| processes.contains(p))));
        let covers = |call: &Call| matches!(call, Call::ResumeProcesses { processes: p, .. } if processes.iter().all(|x| p.contains(x)));
        let at = self.known.done().iter().rev().find(|(step, m)| step.starts_with(GIVE_BACK) && covers(&m.call)).map(|(_, m)| m.at)?;
        (Some(at) >= since).then_some(at)
    }

    /// Switches these on again and sees that they are. `false`: they could not be, for now.
    pub(super) async fn give_back(&mut self, processes: Vec<Label>) -> Result<bool, End> {
        if processes.is_empty() {
            return Ok(true);
        }
        let mut tries = 0;
        while tries < TRIES {
            let Some(look) = self.look().await? else {
                tries += 1;
                if self.give_back_unseen(&processes, tries).await? {
                    return Ok(true);
                }
                continue;
            };
            if !self.settle(&look, true).await? {
                continue;
            }
            let off: Vec<Label> = processes.iter().filter(|p| look.group.is_suspended(p)).cloned().collect();
            let given = self.given_at(&processes);
            if !self.asked_to_suspend(&processes) || (given.is_some() && off.is_empty()) {
                self.note(Fact::GivenBack { processes }).await?;
                return Ok(true);
            }
            if given.is_some_and(|at| self.now().age_of(at) < Call::SETTLE) {
                self.show(self.operation.phase, &format!("waits until {} reads as resumed", names(&off))).await;
                self.rest(PACE).await?;
                continue;
            }
            tries += 1;
            let call = Call::ResumeProcesses { group: self.known.plan.target.clone(), processes: processes.clone() };
            let step = nth(GIVE_BACK, self.count(GIVE_BACK) + 1);
            if let Some(error) = self.send(&step, &call, look.at, &call.describe()).await? {
                self.remark(&format!("{}: {error}", call.describe())).await;
                self.rest(error.retry_after.unwrap_or((PACE * tries).min(LONGEST))).await?;
            }
        }
        Ok(false)
    }

    /// What is ours is given back though nothing can be read: the call is absolute, and names nothing that was off before. Whether it is
    /// done with.
    async fn give_back_unseen(&mut self, processes: &[Label], tries: u32) -> Result<bool, End> {
        if !self.asked_to_suspend(processes) {
            self.note(Fact::GivenBack { processes: processes.to_vec() }).await?;
            return Ok(true);
        }
        match self.given_at(processes) {
            Some(at) if self.now().age_of(at) >= Call::SETTLE => {
                self.remark(&format!("{} was switched on again, but cannot be read", names(processes))).await;
                self.note(Fact::GivenBack { processes: processes.to_vec() }).await?;
                return Ok(true);
            }
            None if tries >= BLIND => {
                let call = Call::ResumeProcesses { group: self.known.plan.target.clone(), processes: processes.to_vec() };
                let step = nth(GIVE_BACK, self.count(GIVE_BACK) + 1);
                // One without an answer is not asked again before something can be read.
                if !self.known.unanswered().iter().any(|(open, _)| *open == step) {
                    let now = self.now();
                    if let Some(error) = self.send(&step, &call, now, &call.describe()).await? {
                        self.remark(&format!("{}: {error}", call.describe())).await;
                    }
                }
            }
            _ => {}
        }
        Ok(false)
    }

    /// At every end: gives back what is still borrowed and takes the mark off. The end is written down first, so that whoever takes over
    /// from here only finishes it.
    pub(super) async fn tidy(&mut self, mut end: End) -> End {
        // Stopped by a human in the middle of a call: what became of it is found out all the same.
        let stopped = matches!(end.phase, Phase::Held | Phase::Abandoned);
        let unsettled = self.known.unanswered().iter().any(|(step, _)| stopped || is_housekeeping(step));
        if self.known.borrowed().is_empty() && !self.is_marked() && !unsettled {
            return end;
        }
        if self.known.closing().is_none()
            && let Err(e) = self.note(Fact::Phase { phase: end.phase, why: end.note.clone() }).await
        {
            let kept = names(&self.known.borrowed());
            end.note = Label::new(format!("{}; nothing was given back ({kept}): {}", end.note, e.note));
            return end;
        }
        match self.hand_over().await {
            Ok(()) => {}
            Err(e) if e.phase == Phase::Interrupted => return e,
            // The group is gone, and all that was borrowed of it.
            Err(e) => {
                end.note = Label::new(format!("{}; {}", end.note, e.note));
                return end;
            }
        }
        if stopped {
            match self.find_out(BLIND, false).await {
                Ok(()) => {}
                Err(e) if e.phase == Phase::Interrupted => return e,
                Err(e) => end.note = Label::new(format!("{}; {}", end.note, e.note)),
            }
        }
        if self.is_marked() {
            end.note =
                Label::new(format!("{}; its mark stays on the group: take the tag {} off by hand", end.note, crate::domain::MARK_TAG));
        }
        let kept = self.known.borrowed();
        if !kept.is_empty() {
            end.phase = Phase::Held;
            end.note =
                Label::new(format!("{}; but {} is still suspended by it: resume it, or switch that on by hand", end.note, names(&kept)));
        }
        end
    }

    /// Looks until every call, or every one of the driver's own, has an answer, as long as the world can be read.
    async fn find_out(&mut self, tries: u32, only_own: bool) -> Result<(), End> {
        let mut blind = 0;
        while blind < tries && self.known.unanswered().iter().any(|(step, _)| !only_own || is_housekeeping(step)) {
            match self.look().await? {
                Some(look) => drop(self.settle(&look, only_own).await?),
                None => blind += 1,
            }
        }
        Ok(())
    }

    async fn hand_over(&mut self) -> Result<(), End> {
        self.find_out(TRIES, true).await?;
        let ours = self.known.borrowed();
        self.give_back(ours).await?;
        self.unmark().await
    }
}

/// `mark`, then `mark-2`; `borrow-1`, then `borrow-2`.
fn nth(prefix: &str, n: usize) -> String {
    match (prefix.ends_with('-'), n) {
        (true, n) => format!("{prefix}{n}"),
        (false, 1) => prefix.to_owned(),
        (false, n) => format!("{prefix}-{n}"),
    }
}
