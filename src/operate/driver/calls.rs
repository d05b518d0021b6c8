//! One call, once: the intent on disk, the call, and what became of it. A lost answer is left to be found out by reading; only a call that
//! was certainly not carried out is tried again, and only after reading.

use std::time::Duration;

use tokio::time::sleep;

use crate::domain::{Call, FailureKind, Group, Now, Phase};
use crate::journal::Answer;
use crate::providers::ProviderError;

use super::super::end::End;
use super::super::floor::breaks_floor;
use super::super::known::Made;
use super::super::look::within;
use super::super::procedure::{Ending, Look, Next};
use super::check::words;
use super::{Driver, PACE, SLOW};

/// Tries of a throttled call, and the first wait between them; it doubles. Work that takes long is more patient.
const TRIES: u32 = 4;
const LONG_TRIES: u32 = 12;
const WAIT: Duration = Duration::from_secs(2);

/// How old the last look may be when a call leaves: beyond, the machine slept or the disk hung, and the world is read again.
const FRESH: Duration = Duration::from_secs(10);

/// How long a call may wait for members to be healthy before a human is asked.
const SHORT: Duration = Duration::from_mins(15);

/// How long an answer is awaited after the console was told to stop.
const GRACE: Duration = Duration::from_secs(1);

impl Driver {
    /// Makes a call of the procedure, given the look that led to it.
    pub(super) async fn make(&mut self, step: &str, call: &Call, look: &Look) -> Result<(), End> {
        if let Some(why) = breaks_floor(&self.known, call, look) {
            return self.fall_short(step, format!("{} has to wait: {why}", call.describe())).await;
        }
        self.short = None;
        let Some(error) = self.send(step, call, look.at, &self.stepwise(step, call)).await? else {
            if self.procedure.only_looks_on(&self.known) {
                self.desk.note_sent(&self.operation);
                self.remark("accepted").await;
                self.show(Phase::Following, "accepted").await;
            }
            return Ok(());
        };
        self.refusal(step, &error, look).await
    }

    /// Waits for the capacity that a call would take away, not for ever.
    async fn fall_short(&mut self, step: &str, words: String) -> Result<(), End> {
        let now = self.now();
        let since = match &self.short {
            Some((waiting, since)) if waiting == step => *since,
            _ => self.short.insert((step.to_owned(), now)).1,
        };
        let long = now.since(since) > SHORT;
        if long && self.procedure.marks() {
            self.short = None;
            return self.pause_by_itself(format!("{words}; it has for {} min", SHORT.as_secs() / 60)).await;
        }
        self.remark(&words).await;
        self.show(if long { Phase::Stuck } else { Phase::Following }, &words).await;
        self.rest(PACE).await
    }

    /// What follows from a call that the cloud refused.
    pub(super) async fn refusal(&mut self, step: &str, error: &ProviderError, look: &Look) -> Result<(), End> {
        if error.kind == FailureKind::Throttled && self.try_again(step, error).await? {
            return Ok(());
        }
        if error.kind == FailureKind::Auth && self.procedure.marks() {
            return self.stand_outside(error).await;
        }
        if error.kind == FailureKind::Auth && !self.known.is_untouched() && !self.procedure.marks() {
            return Err(self.signed_out(error));
        }
        match self.procedure.refused(&self.known, step, error) {
            Next::End(Ending { phase: Phase::Failed, words, .. }) => Err(self.failed(&words, error, look).await),
            Next::End(end) => Err(End::new(end.phase, &end.words).at(self.size)),
            Next::Pause { why } => {
                let why = format!("{why}{}", blocks(&look.group, error));
                self.pause_by_itself(why).await
            }
            Next::Note(fact) => self.note(fact).await,
            Next::Wait(waiting) => self.wait(waiting, false).await,
            // What it is to do instead it says when it is asked again.
            Next::Call { .. } => Ok(()),
        }
    }

    /// Whether it is worth another try; some time has passed then.
    async fn try_again(&mut self, step: &str, error: &ProviderError) -> Result<bool, End> {
        if self.throttled.0 != step {
            self.throttled = (step.to_owned(), 0);
        }
        self.throttled.1 += 1;
        let (tries, most) = (self.throttled.1, if self.procedure.marks() { LONG_TRIES } else { TRIES });
        if tries >= most {
            self.throttled = (String::new(), 0);
            return Ok(false);
        }
        self.show(Phase::Calling, &format!("throttled, tries again ({tries} of {})", most - 1)).await;
        let wait = error.retry_after.unwrap_or(WAIT * 2_u32.pow((tries - 1).min(8))).min(SLOW);
        self.rest(wait).await?;
        Ok(true)
    }

    /// Writes the intent down, makes the call, writes down what became of it. `Some`: it was refused, and nothing of it carried out. A lost
    /// answer stays open, and so does a call that was not sent because the look has aged.
    pub(super) async fn send(&mut self, step: &str, call: &Call, seen: Now, words: &str) -> Result<Option<ProviderError>, End> {
        self.intend(step, call).await?;
        if self.has_aged(seen) {
            self.answer(step, Answer::Refused, "not sent: too much time had passed since it was looked").await;
            return Ok(None);
        }
        self.show(Phase::Calling, words).await;
        let Some(answer) = self.call(call).await else {
            self.answer(step, Answer::Unclear, "left before the answer came").await;
            let text = format!("left before the answer to \"{}\" came: look at the group", call.describe());
            return Err(End::interrupted(text).at(self.size));
        };
        let error = match answer {
            Ok(()) => {
                self.answer(step, Answer::Accepted, "accepted").await;
                return Ok(None);
            }
            Err(error) => error,
        };
        if error.maybe_done {
            self.show(Phase::Calling, &format!("the answer was lost ({}): finds out by reading", error.kind.word())).await;
            self.lost = Some((step.to_owned(), self.size, error));
            self.rest_after_loss(step, call).await?;
            return Ok(None);
        }
        self.answer(step, Answer::Refused, &error.to_string()).await;
        Ok(Some(error))
    }

    async fn rest_after_loss(&mut self, step: &str, call: &Call) -> Result<(), End> {
        if let Err(end) = self.rest(PACE).await {
            self.answer(step, Answer::Unclear, "left before it was found out").await;
            let text = format!("the answer to \"{}\" was lost, and the console was left: look at the group", call.describe());
            return Err(if end.phase == Phase::Interrupted { End::interrupted(text).at(self.size) } else { end });
        }
        Ok(())
    }

    async fn intend(&mut self, step: &str, call: &Call) -> Result<(), End> {
        let at = self.now().wall;
        match self.desk.journal.intend(&self.known.id, step, call, at).await {
            Ok(intent) => {
                let tries = self.known.made.get(step).map_or(1, |m| m.tries + 1);
                self.known.made.insert(step.to_owned(), Made { intent, call: call.clone(), at, answer: None, tries });
                Ok(())
            }
            Err(e) => Err(self.unwritable(&format!("the intent to {}", call.describe()), &e.to_string())),
        }
    }

    /// By either clock, while the intent was written.
    fn has_aged(&self, seen: Now) -> bool {
        let now = self.now();
        now.since(seen) > FRESH || now.drift(seen) > FRESH
    }

    /// `None`: the console is left, and no answer came in time.
    async fn call(&self, call: &Call) -> Option<Result<(), ProviderError>> {
        let what = call.describe();
        tokio::select! {
            answer = within(&call.target().scope, &what, self.admitted.operator.call(call)) => Some(answer),
            () = async { self.desk.cancel.cancelled().await; sleep(GRACE).await } => None,
        }
    }

    /// The cloud said no, and nothing of this call was carried out.
    async fn failed(&mut self, words_of: &str, error: &ProviderError, before: &Look) -> End {
        let seen = self.glance().await;
        let group = seen.as_ref().map_or(&before.group, |l| &l.group);
        let blocks = blocks(group, error);
        let done: Vec<String> = self.known.done().iter().map(|(_, m)| m.call.describe()).collect();
        let done = if done.is_empty() { "nothing was changed".to_owned() } else { format!("done before it: {}", done.join("; ")) };
        let size = seen.as_ref().and_then(Look::size);
        let is = size.map_or_else(String::new, |s| format!(", the group is at {}", words(s)));
        End::new(Phase::Failed, format!("{words_of}{blocks}; {done}{is}")).at(size)
    }

    /// One look for the words of an ending; none if it fails or the console is left meanwhile.
    pub(super) async fn glance(&self) -> Option<Look> {
        tokio::select! {
            biased;
            () = self.desk.cancel.cancelled() => None,
            seen = async { self.lens().fetch().await } => seen.ok(),
        }
    }

    /// `step 1 of 2: set bounds 2–20 and desired capacity 6`.
    fn stepwise(&self, step: &str, call: &Call) -> String {
        let all = self.known.plan.calls.len();
        match step.strip_prefix("step-") {
            Some(number) if all > 1 => format!("step {number} of {all}: {}", call.describe()),
            _ => call.describe(),
        }
    }
}

/// The activity that blocks, described, where the service's words name one that we know.
fn blocks(group: &Group, error: &ProviderError) -> String {
    if error.kind != FailureKind::Conflict {
        return String::new();
    }
    let named = group.activities.iter().flatten().find(|a| !a.id.is_empty() && error.message.contains(&*a.id));
    let Some(a) = named.or_else(|| group.open_activities().next()) else { return String::new() };
    let at = a.progress.map_or_else(String::new, |p| format!(", {p} %"));
    format!("; it is blocked by: {} ({}{at})", a.description, a.status.word)
}
