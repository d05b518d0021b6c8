//! Calls without an answer: whether they were carried out is found out by reading, once reads have settled, and never guessed. One that
//! was not may be made again; one that leaves no trace is for a human to judge.

use crate::domain::plan::Repeat;
use crate::domain::{Call, Phase};
use crate::journal::Answer;

use super::super::end::End;
use super::super::known::Made;
use super::super::procedure::Look;
use super::super::shows::{began, shows};
use super::borrow::is_housekeeping;
use super::check::words;
use super::{Driver, PACE};

impl Driver {
    /// Whether every call has an answer by now, or every one that is the driver's own. If not, some time has passed.
    pub(super) async fn settle(&mut self, look: &Look, only_own: bool) -> Result<bool, End> {
        let open: Vec<(String, Made)> = self.known.unanswered().into_iter().map(|(s, m)| (s.to_owned(), m.clone())).collect();
        for (step, made) in open.into_iter().filter(|(step, _)| !only_own || is_housekeeping(step)) {
            let what = made.call.describe();
            let lost = self.lost.as_ref().filter(|(s, ..)| *s == step);
            let before = lost.and_then(|(_, size, _)| *size);
            let age = self.now().age_of(made.at);
            let shown = match &made.call {
                Call::StartRefresh { preferences, .. } => {
                    let preceded = self.known.preceded();
                    Some(look.group.rollout.as_ref().is_some_and(|r| began(r, made.at, preferences, preceded)))
                }
                call => shows(call, before, look),
            };
            if made.call.repeat() == Repeat::AskHuman && shown != Some(true) && age >= Call::SETTLE {
                let text = format!(
                    "whether \"{what}\" was carried out is not known, and nothing that can be read tells: look before trying again"
                );
                self.answer(&step, Answer::Unclear, &text).await;
                return Err(End::new(Phase::Unclear, text).at(look.size()));
            }
            match shown {
                Some(true) => self.answer(&step, Answer::FoundDone, "the answer was lost; reading shows that it was carried out").await,
                shown if shown.is_none() || age < Call::SETTLE => {
                    let why = lost
                        .map_or_else(|| "no answer is on record".to_owned(), |(.., e)| format!("the answer was lost ({})", e.kind.word()));
                    self.show(Phase::Calling, &format!("{what}: {why}: finds out by reading")).await;
                    self.rest(PACE).await?;
                    return Ok(false);
                }
                _ if lost.is_some() && !self.procedure.insists() && !is_housekeeping(&step) => {
                    return Err(self.unclear(&step, &made, look).await);
                }
                _ => self.answer(&step, Answer::Refused, "reading shows that it was not carried out").await,
            }
            if self.lost.as_ref().is_some_and(|(s, ..)| *s == step) {
                self.lost = None;
            }
        }
        Ok(true)
    }

    /// Of work that is over in a moment a human decides what to do: what got lost on the way may still arrive.
    async fn unclear(&mut self, step: &str, made: &Made, look: &Look) -> End {
        let is = look.size().map_or_else(|| "what it is at cannot be told".to_owned(), |s| format!("the group is at {}", words(s)));
        let word = self.lost.as_ref().map_or("lost", |(.., e)| e.kind.word());
        let text = format!(
            "the answer to \"{}\" was lost ({word}) and could not be found out: {is} after {} s. It may still take effect: look before trying again",
            made.call.describe(),
            self.now().age_of(made.at).as_secs()
        );
        self.answer(step, Answer::Unclear, &text).await;
        End::new(Phase::Unclear, text).at(look.size())
    }

    /// Journals what became of the last try of a step. The call cannot be taken back if this fails; that is said with the outcome.
    pub(super) async fn answer(&mut self, step: &str, answer: Answer, text: &str) {
        let at = self.now().wall;
        let Some(made) = self.known.made.get_mut(step) else { return };
        made.answer = Some(answer);
        let intent = made.intent;
        if let Err(e) = self.desk.journal.answer(intent, answer, text, at).await {
            self.unwritten = Some(e.to_string());
        }
    }
}
