//! One operation from its start to its end: check, send, follow. Every way out of it passes one place that journals the outcome, reports
//! it and gives the group free.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use crate::domain::plan::Size;
use crate::domain::{Call, FailureKind, GuardRules, Label, Now, Operation, Phase, Plan};
use crate::journal::{Answer, IntentId, JournalError, NewOperation};

use super::check::{self, SETTLE};
use super::end::End;
use super::goal::{Goal, View};
use super::look::{Seen, fetch};
use super::{Admitted, Desk};

/// Between two looks while following, while stuck, and at most when reads fail.
const PACE: Duration = Duration::from_secs(3);
const STUCK_PACE: Duration = Duration::from_secs(10);
const SLOW: Duration = Duration::from_secs(30);

/// What a launch may take beyond warm-up and grace before it counts as stuck.
const PATIENCE: Duration = Duration::from_mins(5);

pub(super) struct Run {
    pub(super) desk: Arc<Desk>,
    pub(super) operation: Operation,
    pub(super) plan: Plan,
    pub(super) rules: GuardRules,
    pub(super) admitted: Admitted,
    /// Names the operation that takes over.
    relieved: watch::Receiver<Option<Label>>,
    /// The last sentence journalled.
    remarked: String,
    /// The journal could not be written after a call had left: said with the outcome.
    unwritten: Option<String>,
}

impl Run {
    pub fn new(
        desk: Arc<Desk>,
        operation: Operation,
        plan: Plan,
        rules: GuardRules,
        admitted: Admitted,
        relieved: watch::Receiver<Option<Label>>,
    ) -> Self {
        Self { desk, operation, plan, rules, admitted, relieved, remarked: String::new(), unwritten: None }
    }

    pub async fn drive(mut self) {
        let end = match self.begin().await {
            Ok(()) => {
                let end = self.carry_out().await;
                self.close(end).await
            }
            Err(e) => End::refused(format!("stopped before anything was sent: {e}")),
        };
        self.operation.phase = end.phase;
        self.operation.note = end.note;
        self.operation.ended = Some(self.now().wall);
        self.desk.leave_group(&self.operation);
        self.desk.report(self.operation).await;
    }

    pub(super) fn now(&self) -> Now {
        (self.desk.clock)()
    }

    async fn begin(&mut self) -> Result<(), JournalError> {
        let (was, will) = (&self.plan.impact, &self.plan.calls);
        let before = Size { min: was.min.0, max: was.max.0, desired: was.desired.0 };
        let new = NewOperation {
            started: self.operation.started,
            principal: self.admitted.permit.principal().clone(),
            plan: self.plan.clone(),
            rules: self.rules.clone(),
            way: serde_json::Value::Null,
            before: Some(before),
            after: Some(before.after_all(will)),
        };
        self.operation.id = self.desk.journal.begin(new).await?;
        self.desk.report(self.operation.clone()).await;
        Ok(())
    }

    /// Journals how it ended. A journal that fails now cannot undo what was sent, but it does not go unsaid.
    async fn close(&mut self, mut end: End) -> End {
        let at = self.now().wall;
        if let Err(e) = self.desk.journal.end(&self.operation.id, end.phase, &end.note, end.reached, at).await {
            self.unwritten = Some(e.to_string());
        }
        if let Some(e) = &self.unwritten {
            tracing::error!(operation = %self.operation.id, "journal: {e}");
            end.note = Label::new(format!("{} (not all of it is in the journal: {e})", end.note));
        }
        end
    }

    async fn carry_out(&mut self) -> End {
        match self.check_and_send().await {
            Ok(goal) => self.follow(&goal).await,
            Err(end) => end,
        }
    }

    async fn check_and_send(&mut self) -> Result<Goal, End> {
        let mut seen = self.check().await?;
        let Some(start) = seen.size() else {
            return Err(End::refused("stopped: bounds and desired capacity of the group are not known"));
        };
        let goal = Goal::new(&self.plan, &seen, start);
        for step in 0..self.plan.calls.len() {
            if step > 0 {
                seen = self.look_again(step, Some(start)).await?;
            }
            self.send(step, seen.clone(), start).await?;
            if start.after_all(&self.plan.calls[..=step]).desired != start.desired {
                self.operation.undo_to = Some(start.desired);
            }
        }
        self.desk.note_sent(&self.operation);
        Ok(goal)
    }

    async fn check(&self) -> Result<Seen, End> {
        tokio::select! {
            biased;
            () = self.desk.cancel.cancelled() => return Err(self.left(0)),
            known = check::identity(&self.admitted) => known?,
        }
        self.look_again(0, None).await
    }

    /// Looks on until the goal is reached, somebody else takes over, or the console is left.
    async fn follow(&mut self, goal: &Goal) -> End {
        let (cancel, mut relieved) = (self.desk.cancel.clone(), self.relieved.clone());
        let end = tokio::select! {
            biased;
            () = cancel.cancelled() => None,
            _ = relieved.changed() => None,
            end = self.look_on(goal) => Some(end),
        };
        end.unwrap_or_else(|| {
            let last = &self.operation.note;
            match &*relieved.borrow() {
                Some(title) => End::interrupted(format!("no longer followed: \"{title}\" took over ({last})")),
                None => End::interrupted(format!("followed until the console was left: {last}")),
            }
        })
    }

    async fn look_on(&mut self, goal: &Goal) -> End {
        self.remark("accepted").await;
        self.show(Phase::Following, "accepted").await;
        let sent = self.now();
        let mut watch = Watch::new(sent, goal.reached());
        let mut pace = PACE;
        loop {
            sleep(pace).await;
            let seen = match fetch(&*self.admitted.operator, &self.desk.clock, &self.plan.target).await {
                Ok(seen) => seen,
                Err(e) if e.kind == FailureKind::NotFound => return End::new(Phase::Failed, format!("the group is gone: {e}")),
                Err(e) => {
                    // The phase does not change for a read that failed.
                    self.show(self.operation.phase, &format!("cannot look: {e}")).await;
                    pace = e.retry_after.unwrap_or(pace * 2).clamp(PACE, SLOW);
                    continue;
                }
            };
            let settled = self.now().since(sent) > SETTLE;
            let view = goal.view(&seen, settled);
            if view.done {
                self.operation.progress = Some((view.reached, view.wanted));
                return End::new(Phase::Done, &view.words).at(seen.size());
            }
            if let Some(by_other) = watch.overruled(goal, &seen, &view, settled) {
                return by_other;
            }
            let stuck = watch.stuck(&view, self.now(), patience(&seen));
            self.operation.progress = Some((view.reached, view.wanted));
            pace = if stuck.is_some() { STUCK_PACE } else { PACE };
            match stuck {
                Some(Stuck { shown, remark }) => {
                    self.remark(&remark).await;
                    self.show(Phase::Stuck, &shown).await;
                }
                None => {
                    self.remark(&view.words).await;
                    self.show(Phase::Following, &view.words).await;
                }
            }
        }
    }

    /// Reports phase and sentence.
    pub(super) async fn show(&mut self, phase: Phase, note: &str) {
        (self.operation.phase, self.operation.note) = (phase, Label::new(note));
        self.desk.report(self.operation.clone()).await;
    }

    /// Journals a sentence if it is news.
    async fn remark(&mut self, text: &str) {
        if self.remarked == text {
            return;
        }
        text.clone_into(&mut self.remarked);
        let at = self.now().wall;
        if let Err(e) = self.desk.journal.note(&self.operation.id, &Label::new(text), at).await {
            self.unwritten = Some(e.to_string());
        }
    }

    /// Journals what became of a call. The call cannot be taken back if this fails; see [`Self::close`].
    pub(super) async fn settle(&mut self, intent: IntentId, answer: Answer, text: &str) {
        let at = self.now().wall;
        if let Err(e) = self.desk.journal.answer(intent, answer, text, at).await {
            self.unwritten = Some(e.to_string());
        }
    }

    /// `step 1 of 2: set bounds 2–20 and desired capacity 6`.
    pub(super) fn stepwise(&self, step: usize, call: &Call) -> String {
        match self.plan.calls.len() {
            1 => call.describe(),
            all => format!("step {} of {all}: {}", step + 1, call.describe()),
        }
    }
}

/// What following remembers from look to look.
struct Watch {
    best: u32,
    moved: Now,
    /// Bounds and desired were seen as we set them.
    arrived: bool,
    /// Failed activities that lie before the last progress.
    overcome: BTreeSet<Label>,
}

impl Watch {
    fn new(now: Now, reached: u32) -> Self {
        Self { best: reached, moved: now, arrived: false, overcome: BTreeSet::new() }
    }

    /// The end, if somebody else changed what we set.
    fn overruled(&mut self, goal: &Goal, seen: &Seen, view: &View, settled: bool) -> Option<End> {
        self.arrived |= view.as_set;
        // A look right after the call may still show what was before it.
        if view.as_set || !(self.arrived || settled) {
            return None;
        }
        let is = match seen.size() {
            None => "bounds and desired capacity are not known any more".to_owned(),
            Some(size) if size.desired != goal.target().desired => format!("desired is {}", size.desired),
            Some(size) => format!("bounds are {}–{}", size.min, size.max),
        };
        Some(End::new(Phase::Done, format!("done, then changed by another: {is} ({} before that)", view.words)).at(seen.size()))
    }

    /// Why it is stuck, if it is: an activity failed since the last progress, or nothing moved for longer than it may take.
    fn stuck(&mut self, view: &View, now: Now, patience: Duration) -> Option<Stuck> {
        if view.reached > self.best {
            self.best = view.reached;
            self.moved = now;
            self.overcome.extend(view.failed.iter().map(|(id, _)| id.clone()));
        }
        if let Some((_, why)) = view.failed.iter().find(|(id, _)| !self.overcome.contains(id)) {
            let why = format!("{}. {why}", view.words);
            return Some(Stuck { shown: why.clone(), remark: why });
        }
        let still = now.since(self.moved);
        (still > patience).then(|| Stuck {
            shown: format!("no progress for {} min: {}", still.as_secs() / 60, view.words),
            remark: format!("no progress: {}", view.words),
        })
    }
}

/// Why it is stuck: as shown, with the time that passes, and as journalled once.
struct Stuck {
    shown: String,
    remark: String,
}

/// How long nothing may move: launching, warming and checking, or draining, whichever this group takes longer for.
fn patience(seen: &Seen) -> Duration {
    let group = &seen.group;
    let drain = seen.pools.iter().filter_map(|p| p.deregistration_delay).max().unwrap_or_default();
    let launch = group.warmup.unwrap_or_default() + group.grace.unwrap_or_default();
    launch.max(drain) + PATIENCE
}
