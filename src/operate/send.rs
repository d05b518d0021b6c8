//! One call, once: the intent on disk, the call, and what became of it. A lost answer is found out by reading, never guessed and never
//! sent again; only a call that was certainly not carried out (throttled) is tried again, and only after reading.

use std::time::Duration;

use tokio::time::sleep;

use crate::domain::plan::Size;
use crate::domain::{Call, FailureKind, Group, Phase, ResourceId};
use crate::journal::{Answer, IntentId};
use crate::providers::ProviderError;

use super::check;
use super::end::End;
use super::look::{Seen, fetch, within};
use super::run::Run;

/// Tries of a throttled call, and the first wait between them; it doubles.
const TRIES: u32 = 4;
const WAIT: Duration = Duration::from_secs(2);

/// Looks for the traces of a call whose answer was lost.
const LOOKS: u32 = 8;
const PAUSE: Duration = Duration::from_secs(3);

/// How old the last look may be when a call leaves: beyond, the machine slept or the disk hung, and the world is read again.
const FRESH: Duration = Duration::from_secs(10);

/// How long an answer is awaited after the console was told to stop.
const GRACE: Duration = Duration::from_secs(1);

impl Run {
    /// Makes call number `step`, given the look that allowed it. `Ok`: it was carried out.
    pub(super) async fn send(&mut self, step: usize, mut seen: Seen, start: Size) -> Result<(), End> {
        let call = self.plan.calls[step].clone();
        let mut wait = WAIT;
        for attempt in 1.. {
            let intent = self.intend(step, &call).await?;
            if let Err(end) = self.refresh(step, &mut seen, start).await {
                self.settle(intent, Answer::Refused, "not sent: the world moved").await;
                return Err(end);
            }
            self.show(Phase::Calling, &self.stepwise(step, &call)).await;
            let Some(answer) = self.call(&call).await else {
                self.settle(intent, Answer::Unclear, "left before the answer came").await;
                return Err(End::interrupted(format!("left before the answer to \"{}\" came: look at the group", call.describe())));
            };
            let error = match answer {
                Ok(()) => {
                    self.settle(intent, Answer::Accepted, "accepted").await;
                    return Ok(());
                }
                Err(error) => error,
            };
            if error.maybe_done {
                return self.find_out(intent, &call, &seen, &error).await;
            }
            self.settle(intent, Answer::Refused, &error.to_string()).await;
            if error.kind != FailureKind::Throttled || attempt >= TRIES {
                return Err(self.failed(step, &error).await);
            }
            self.show(Phase::Calling, &format!("throttled, tries again ({attempt} of {})", TRIES - 1)).await;
            self.rest(step, error.retry_after.unwrap_or(wait)).await?;
            wait *= 2;
            seen = self.look_again(step, Some(start)).await?;
        }
        Ok(())
    }

    async fn intend(&mut self, step: usize, call: &Call) -> Result<IntentId, End> {
        let at = self.now().wall;
        self.desk.journal.intend(&self.operation.id, &format!("step-{}", step + 1), call, at).await.map_err(|e| {
            let phase = if step == 0 { Phase::Refused } else { Phase::Failed };
            End::new(phase, format!("stopped: the intent to {} cannot be written down, so it was not sent: {e}", call.describe()))
        })
    }

    /// Reads again if the look has aged, by either clock, while the intent was written.
    async fn refresh(&self, step: usize, seen: &mut Seen, start: Size) -> Result<(), End> {
        let now = self.now();
        if now.since(seen.at) > FRESH || now.drift(seen.at) > FRESH {
            *seen = self.look_again(step, Some(start)).await?;
        }
        Ok(())
    }

    /// The look that must allow this step; for the first one that is plan and guards. Cut short when the console is left.
    pub(super) async fn look_again(&self, step: usize, start: Option<Size>) -> Result<Seen, End> {
        let (operator, clock) = (&*self.admitted.operator, &self.desk.clock);
        let look = async {
            match start {
                Some(start) if step > 0 => check::between(operator, clock, &self.plan, step, start).await,
                _ => check::world(operator, clock, &self.plan, &self.rules).await,
            }
        };
        tokio::select! {
            biased;
            () = self.desk.cancel.cancelled() => Err(self.left(step)),
            seen = look => seen,
        }
    }

    /// `None`: the console is left, and no answer came in time.
    async fn call(&self, call: &Call) -> Option<Result<(), ProviderError>> {
        let what = call.describe();
        tokio::select! {
            answer = within(&call.target().scope, &what, self.admitted.operator.call(call)) => Some(answer),
            () = async { self.desk.cancel.cancelled().await; sleep(GRACE).await } => None,
        }
    }

    async fn rest(&self, step: usize, time: Duration) -> Result<(), End> {
        tokio::select! {
            () = sleep(time) => Ok(()),
            () = self.desk.cancel.cancelled() => Err(self.left(step)),
        }
    }

    /// The console is left while no call is on its way.
    pub(super) fn left(&self, step: usize) -> End {
        match step {
            0 => End::refused("left before anything was sent"),
            _ => End::interrupted(format!("left half-way, after {step} of {} steps", self.plan.calls.len())),
        }
    }

    /// The cloud said no, and nothing of this call was carried out.
    async fn failed(&self, step: usize, error: &ProviderError) -> End {
        let seen = self.glance().await;
        let size = seen.as_ref().and_then(Seen::size);
        let blocks = match (&seen, error.kind) {
            (Some(seen), FailureKind::Conflict) => blocking(&seen.group, &error.message),
            _ => String::new(),
        };
        let before = if step == 0 {
            "nothing was changed".to_owned()
        } else {
            let done: Vec<String> = self.plan.calls[..step].iter().map(Call::describe).collect();
            format!("done before it: {}", done.join("; "))
        };
        let is = size.map_or_else(String::new, |s| format!(", the group is at {}", check::words(s)));
        End::new(Phase::Failed, format!("{error}{blocks}; {before}{is}")).at(size)
    }

    /// One look for the words of an ending; none if it fails or the console is left meanwhile.
    async fn glance(&self) -> Option<Seen> {
        tokio::select! {
            biased;
            () = self.desk.cancel.cancelled() => None,
            seen = fetch(&*self.admitted.operator, &self.desk.clock, &self.plan.target) => seen.ok(),
        }
    }

    /// The call left, but no answer told what became of it.
    async fn find_out(&mut self, intent: IntentId, call: &Call, before: &Seen, error: &ProviderError) -> Result<(), End> {
        self.show(Phase::Calling, &format!("the answer was lost ({}): finds out by reading", error.kind.word())).await;
        let mut last = None;
        for _ in 0..LOOKS {
            tokio::select! {
                () = sleep(PAUSE) => {}
                () = self.desk.cancel.cancelled() => {
                    self.settle(intent, Answer::Unclear, "left before it was found out").await;
                    return Err(End::interrupted(format!("the answer to \"{}\" was lost, and the console was left: look at the group", call.describe())));
                }
            }
            let Some(seen) = self.glance().await else { continue };
            if shows(call, &before.group, &seen.group) {
                self.settle(intent, Answer::FoundDone, "the answer was lost; reading shows that it was carried out").await;
                return Ok(());
            }
            last = Some(seen);
        }
        let size = last.as_ref().and_then(Seen::size);
        let is = size.map_or_else(|| "the group could not be read".to_owned(), |s| format!("the group is at {}", check::words(s)));
        let text = format!(
            "the answer to \"{}\" was lost ({}) and could not be found out: {is} after {} s. It may still take effect: look before trying again",
            call.describe(),
            error.kind.word(),
            (PAUSE * LOOKS).as_secs()
        );
        self.settle(intent, Answer::Unclear, &text).await;
        Err(End::new(Phase::Unclear, text).at(size))
    }
}

/// Whether `now` shows that the call was carried out, given the group as it was before it left.
fn shows(call: &Call, before: &Group, now: &Group) -> bool {
    let gone = |id: &ResourceId| now.members.iter().find(|m| m.id == *id).is_none_or(|m| !m.counts());
    match call {
        Call::TerminateMembers { members, .. } => members.iter().all(gone),
        // Others may have moved what this call does not set.
        Call::SetDesired { desired, .. } => now.desired == Some(*desired) && before.desired != Some(*desired),
        Call::SetBounds { .. } => Size::of(before).is_some_and(|was| Size::of(now) == Some(was.after(call)) && was.after(call) != was),
        _ => false,
    }
}

/// The activity that blocks, described, where the service's words name one that we know.
fn blocking(group: &Group, message: &str) -> String {
    let named = group.activities.iter().flatten().find(|a| !a.id.is_empty() && message.contains(&*a.id));
    let Some(a) = named.or_else(|| group.open_activities().next()) else { return String::new() };
    let at = a.progress.map_or_else(String::new, |p| format!(", {p} %"));
    format!("; it is blocked by: {} ({}{at})", a.description, a.status.word)
}
