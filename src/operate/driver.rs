//! Drives one operation from where it stands to its end: takes orders, finds out what became of calls without an answer, looks, asks the
//! procedure, acts. All that it relies on is in the journal before it acts on it, so that it can be dropped at any moment and another
//! driver goes on. Every way out passes one place that gives back what was borrowed, journals the end, and reports it.

mod account;
mod borrow;
mod calls;
mod check;
mod close;
mod orders;
mod settle;
mod take;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::sleep;

use crate::domain::plan::Size;
use crate::domain::{Call, Fact, Label, Now, Operation, Order, Phase};
use crate::journal::NewOperation;
use crate::providers::ProviderError;

use super::desk::{Admitted, Desk};
use super::end::End;
use super::known::{Known, Mode};
use super::look::Lens;
use super::procedure::{Look, Next, Procedure, Waiting};
use super::vigil::Vigil;

pub(super) use account::account;

/// Between two looks while something is to be found out, while paused, and at most when reads fail.
const PACE: Duration = Duration::from_secs(3);
const PAUSED_PACE: Duration = Duration::from_secs(10);
const SLOW: Duration = Duration::from_secs(30);

/// Looks in a row that may be refused because of who asks, before it is left to somebody who can sign in: files of credentials are read
/// anew for each.
const SIGN_INS: u32 = 3;

/// A procedure that says this often in a row that something is to be written down is going in circles.
const NOTES: usize = 1_000;

/// What two places of one process share about a running operation.
#[derive(Clone)]
pub(super) struct Lines {
    /// Names the operation that takes over.
    pub relieved: watch::Receiver<Option<Label>>,
    /// An order lies in the journal.
    pub wake: Arc<Notify>,
}

pub(super) struct Driver {
    pub(super) desk: Arc<Desk>,
    admitted: Admitted,
    operation: Operation,
    known: Known,
    procedure: Box<dyn Procedure>,
    lines: Lines,
    vigil: Vigil,
    /// Size last seen.
    size: Option<Size>,
    /// It is ours: other processes may see what we say of it.
    claimed: bool,
    /// Told to go on after a pause: who we are is checked again first.
    recheck: bool,
    /// The cloud no longer lets this process in.
    locked_out: bool,
    /// The group takes no mark from us.
    unmarkable: bool,
    /// Slots the procedure spoke of last.
    slots: u32,
    /// The call whose answer was lost while this driver waited for it: its step, the size before it, and what was lost.
    lost: Option<(String, Option<Size>, ProviderError)>,
    /// The step that waits for capacity, and since when.
    short: Option<(String, Now)>,
    /// What it last waited for.
    waited_for: Option<String>,
    /// Tries of the same throttled step.
    throttled: (String, u32),
    /// Until the next look, where reads fail.
    pace: Duration,
    /// Looks in a row that were refused because of who asks.
    unknown: u32,
    /// The last sentence journalled.
    remarked: String,
    /// The journal could not be written after a call had left: said with the outcome.
    unwritten: Option<String>,
}

impl Driver {
    pub fn new(
        desk: Arc<Desk>,
        admitted: Admitted,
        operation: Operation,
        known: Known,
        procedure: Box<dyn Procedure>,
        lines: Lines,
    ) -> Self {
        Self {
            desk,
            admitted,
            operation,
            known,
            procedure,
            lines,
            vigil: Vigil::default(),
            size: None,
            claimed: false,
            recheck: false,
            locked_out: false,
            unmarkable: false,
            slots: 0,
            lost: None,
            short: None,
            waited_for: None,
            throttled: (String::new(), 0),
            pace: PACE,
            unknown: 0,
            remarked: String::new(),
            unwritten: None,
        }
    }

    /// Writes a new operation down, which names it, and drives it to its end.
    pub async fn begin(mut self, way: serde_json::Value) -> Operation {
        let new = new_operation(&self.operation, &self.known, &self.admitted, way);
        match self.desk.journal.begin(new).await {
            Ok(id) => {
                self.known.id = id.clone();
                self.operation.id = id;
                self.drive().await
            }
            Err(e) => {
                let end = End::refused(format!("stopped before anything was sent: {e}"));
                self.finish(end).await
            }
        }
    }

    /// Drives on whatever the journal knows of it.
    pub fn drive(mut self) -> Pin<Box<dyn Future<Output = Operation> + Send>> {
        Box::pin(async move {
            let end = self.live().await;
            self.finish(end).await
        })
    }

    async fn live(&mut self) -> End {
        self.report().await;
        match self.take().await {
            Ok(claims) => {
                self.claimed = true;
                let end = match self.work().await {
                    Ok(never) => match never {},
                    Err(end) => end,
                };
                let end = self.close(end).await;
                drop(claims);
                end
            }
            Err(take::Refused::Elsewhere(end)) => end,
            Err(take::Refused::Closed(end)) => self.close(end).await,
        }
    }

    async fn finish(mut self, end: End) -> Operation {
        self.operation.phase = end.phase;
        self.operation.note = end.note;
        self.operation.ended = Some(self.now().wall);
        self.operation.eta = None;
        self.operation.driver = None;
        self.account();
        self.desk.leave_group(&self.operation);
        self.publish();
        self.desk.report(self.operation.clone()).await;
        self.operation
    }

    pub(super) fn now(&self) -> Now {
        (self.desk.clock)()
    }

    fn lens(&self) -> Lens<'_> {
        Lens {
            operator: &*self.admitted.operator,
            clock: &self.desk.clock,
            target: &self.known.plan.target,
            twin: self.procedure.twin(&self.known),
            signals: self.procedure.marks(),
            may_vanish: self.procedure.may_vanish(),
        }
    }

    /// Goes on until an end is in sight.
    async fn work(&mut self) -> Result<std::convert::Infallible, End> {
        self.start().await?;
        loop {
            self.turn().await?;
        }
    }

    /// One round: orders, open calls, look, decision, act.
    async fn turn(&mut self) -> Result<(), End> {
        self.hear().await?;
        if let Some((phase, why)) = self.known.closing() {
            return Err(End::new(phase, &**why).at(self.size));
        }
        let back = match self.known.mode() {
            Mode::Held { why } => return Err(End::new(Phase::Held, self.held(&why)).at(self.size)),
            Mode::Abandoned => return Err(End::new(Phase::Abandoned, self.abandoned()).at(self.size)),
            Mode::Paused { why, since } => return self.pause(&why, since).await,
            Mode::Forward => false,
            Mode::RollingBack { .. } => true,
        };
        if std::mem::take(&mut self.recheck)
            && let Err(text) = check::identity(&self.admitted).await
        {
            return self.pause_by_itself(text).await;
        }
        let Some(look) = self.look().await? else { return Ok(()) };
        if !self.settle(&look, false).await? {
            return Ok(());
        }
        if self.known.is_untouched() {
            self.judge(&look).await?;
        } else if self.procedure.marks()
            && !back
            && let Some(trouble) = self.vigil.judge(&self.known, &look)
        {
            return self.pause_by_itself(trouble).await;
        }
        self.decide(look, back).await
    }

    /// Asks the procedure until it has nothing more to write down, and does what it says.
    async fn decide(&mut self, look: Look, back: bool) -> Result<(), End> {
        for _ in 0..NOTES {
            let now = self.now();
            let next = if back && !self.known.is_past_return() {
                self.procedure.backward(&self.known, &look, now)
            } else {
                self.procedure.forward(&self.known, &look, now)
            };
            match next {
                Next::Note(fact) => self.note(fact).await?,
                Next::Call { step, call } => {
                    if self.known.is_done(&step) {
                        return self.pause_by_itself(format!("would make the step {step} twice; this should not happen")).await;
                    }
                    if self.prepare(&look).await? {
                        return Ok(());
                    }
                    let call = match call {
                        Call::Mark { group, operation, text } => Call::Mark { group, operation, text: self.signed(&text) },
                        call => call,
                    };
                    return self.make(&step, &call, &look).await;
                }
                Next::Wait(waiting) => {
                    if self.prepare(&look).await? {
                        return Ok(());
                    }
                    return self.wait(waiting, back).await;
                }
                Next::Pause { why } => return self.pause_by_itself(why).await,
                Next::End(end) => {
                    self.operation.progress = end.progress.or(self.operation.progress);
                    return Err(End::new(end.phase, &end.words).at(look.size()));
                }
            }
        }
        self.pause_by_itself("writes the same down over and over; this should not happen".to_owned()).await
    }

    /// What a mark says: what is done, who does it, and since when.
    fn signed(&self, what: &str) -> Label {
        Label::new(format!("{what} by {}, since {}", self.desk.user, self.operation.started.strftime("%Y-%m-%d %H:%M UTC")))
    }

    /// Shows why it waits, until the next look is due.
    async fn wait(&mut self, waiting: Waiting, back: bool) -> Result<(), End> {
        let Waiting { phase, words, progress, slots, pace, left, remark } = waiting;
        self.waited_for = Some(words.clone());
        self.operation.progress = progress.or(self.operation.progress);
        self.operation.eta = left.and_then(|left| self.now().wall.checked_add(left).ok());
        self.slots = self.slots.max(slots);
        self.remark(remark.as_deref().unwrap_or(&words)).await;
        let phase = if back && phase == Phase::Following { Phase::RollingBack } else { phase };
        self.show(phase, &words).await;
        self.rest(pace).await
    }

    /// A fresh look; `None`: it failed, that was said, and some time has passed.
    async fn look(&mut self) -> Result<Option<Look>, End> {
        let cancel = self.desk.cancel.clone();
        let read = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(self.left()),
            read = async { self.lens().fetch().await } => read,
        };
        match read {
            Ok(look) => {
                self.locked_out = false;
                (self.pace, self.unknown) = (PACE, 0);
                self.size = look.size().or(self.size);
                Ok(Some(look))
            }
            Err(e) if e.kind == crate::domain::FailureKind::NotFound => {
                Err(End::new(Phase::Failed, format!("{} is gone: {e}", self.known.plan.name)))
            }
            Err(e) if e.kind == crate::domain::FailureKind::Auth && self.procedure.marks() => {
                self.stand_outside(&e).await?;
                Ok(None)
            }
            Err(e) if e.kind == crate::domain::FailureKind::Auth && self.unknown + 1 >= SIGN_INS => Err(self.signed_out(&e)),
            Err(e) => {
                self.unknown = if e.kind == crate::domain::FailureKind::Auth { self.unknown + 1 } else { 0 };
                // The phase does not change for a read that failed.
                self.vigil.rest();
                self.show(self.operation.phase, &format!("cannot look: {e}")).await;
                let pace = e.retry_after.unwrap_or(self.pace).clamp(PACE, SLOW);
                self.pace = (self.pace * 2).min(SLOW);
                self.rest(pace).await?;
                Ok(None)
            }
        }
    }

    /// Credentials ran out. It tries again for as long as it takes: the profile may sign in again. Whoever gives an order from where signing
    /// in works takes it over.
    pub(super) async fn stand_outside(&mut self, error: &ProviderError) -> Result<(), End> {
        self.locked_out = true;
        self.vigil.rest();
        let words = format!("stands still until it can sign in: {error}; or resume it from a shell that can");
        self.remark(&words).await;
        self.show(Phase::Paused, &words).await;
        let pace = self.pace;
        self.pace = (self.pace * 2).min(SLOW);
        self.rest(pace).await
    }

    /// Lets time pass, unless an order comes, the console is left, or another operation takes over.
    async fn rest(&mut self, time: Duration) -> Result<(), End> {
        let until = tokio::time::Instant::now() + time;
        let (cancel, wake) = (self.desk.cancel.clone(), Arc::clone(&self.lines.wake));
        let mut relieved = self.lines.relieved.clone();
        let gives_way = self.gives_way();
        loop {
            let part = until.saturating_duration_since(tokio::time::Instant::now()).min(PACE);
            tokio::select! {
                biased;
                () = cancel.cancelled() => return Err(self.left()),
                () = wake.notified() => return Ok(()),
                Ok(()) = relieved.changed(), if gives_way => {
                    let title = relieved.borrow().clone().unwrap_or_default();
                    return Err(End::interrupted(format!("no longer followed: \"{title}\" took over ({})", self.operation.note)).at(self.size));
                }
                () = sleep(part) => {}
            }
            if tokio::time::Instant::now() >= until || self.has_orders().await {
                return Ok(());
            }
        }
    }

    /// All its calls are answered and nothing is borrowed: another operation may take over.
    fn gives_way(&self) -> bool {
        self.procedure.only_looks_on(&self.known) && self.known.unanswered().is_empty() && self.known.borrowed().is_empty()
    }

    /// Nobody looks on any more: what that means depends on how far it came.
    fn left(&self) -> End {
        let end = if self.known.is_untouched() && self.known.start().is_none_or(|_| self.known.is_plain()) {
            End::refused("left before anything was sent")
        } else if self.gives_way() {
            End::interrupted(format!("followed until the console was left: {}", self.operation.note))
        } else {
            let all = self.known.plan.calls.len();
            let done = self.known.done().len();
            match all {
                0 => End::interrupted(format!("left half-way: {}", self.operation.note)),
                _ => End::interrupted(format!("left half-way, after {done} of {all} steps")),
            }
        };
        end.at(self.size)
    }

    /// Whoever signed in is not taken any more. It is left as it is, for a driver that can sign in again.
    fn signed_out(&self, error: &ProviderError) -> End {
        let end = if self.known.is_untouched() && self.known.is_plain() {
            End::refused(format!("stopped before anything was sent: {}", error.of_call()))
        } else {
            End::interrupted(format!("left as it is: {}: resume it then", error.of_call()))
        };
        end.at(self.size)
    }

    /// Writes a fact down; from then on it is known.
    async fn note(&mut self, fact: Fact) -> Result<(), End> {
        let at = self.now().wall;
        if let Err(e) = self.desk.journal.fact(&self.known.id, &fact, at).await {
            return Err(self.unwritable("what it has to remember", &e.to_string()));
        }
        self.known.facts.push((at, fact));
        Ok(())
    }

    /// What cannot be remembered is not acted on.
    fn unwritable(&self, what: &str, error: &str) -> End {
        let phase = match (self.known.is_untouched(), self.known.is_plain()) {
            (true, _) => Phase::Refused,
            (false, true) => Phase::Failed,
            (false, false) => Phase::Held,
        };
        End::new(phase, format!("stopped: {what} cannot be written down, so nothing more was sent: {error}")).at(self.size)
    }

    async fn pause_by_itself(&mut self, why: String) -> Result<(), End> {
        self.remark(&format!("paused by itself: {why}")).await;
        self.note(Fact::Ordered { order: Order::Pause, by: Label::new(orders::ITSELF), why: Label::new(why), number: None }).await
    }

    /// Reports phase and sentence.
    async fn show(&mut self, phase: Phase, note: &str) {
        (self.operation.phase, self.operation.note) = (phase, Label::new(note));
        self.report().await;
    }

    async fn report(&mut self) {
        self.account();
        self.publish();
        self.desk.report(self.operation.clone()).await;
    }

    /// Lets other processes see how it stands.
    fn publish(&self) {
        if self.claimed
            && let Err(e) = self.desk.journal.publish(&self.operation)
        {
            tracing::debug!(operation = %self.known.id, "progress cannot be published: {e}");
        }
    }

    /// Journals a sentence if it is news.
    async fn remark(&mut self, text: &str) {
        if self.remarked == text {
            return;
        }
        text.clone_into(&mut self.remarked);
        let at = self.now().wall;
        if let Err(e) = self.desk.journal.note(&self.known.id, &Label::new(text), at).await {
            self.unwritten = Some(e.to_string());
        }
    }
}

/// The entry that begins an operation in the journal.
fn new_operation(operation: &Operation, known: &Known, admitted: &Admitted, way: serde_json::Value) -> NewOperation {
    let was = &known.plan.impact;
    let before = Size { min: was.min.0, max: was.max.0, desired: was.desired.0 };
    let after = before.after_all(&known.plan.calls);
    let sized = known.plan.target.kind == crate::domain::Kind::Group;
    NewOperation {
        started: operation.started,
        principal: admitted.permit.principal().clone(),
        plan: known.plan.clone(),
        rules: known.rules.clone(),
        way,
        before: sized.then_some(before),
        after: sized.then_some(after),
    }
}
