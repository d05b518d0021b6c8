//! The end of a driver's work: what was borrowed goes back, and the outcome is journalled.

use crate::domain::{Label, Phase};

use super::super::end::End;
use super::super::skipped::skipped;
use super::Driver;

impl Driver {
    /// Journals how it ended. A journal that fails now cannot undo what was sent, but it does not go unsaid.
    pub(super) async fn close(&mut self, mut end: End) -> End {
        // Who is left half-way gives nothing back: the next driver goes on with it.
        if end.phase != Phase::Interrupted {
            end = self.tidy(end).await;
            if let Some(skipped) = skipped(&self.known, self.now().wall) {
                end.note = Label::new(format!("{}; skipped while schedules were off, and not made up for: {skipped}", end.note));
            }
        }
        end.reached = end.reached.or(self.size);
        let at = self.now().wall;
        if let Err(e) = self.desk.journal.end(&self.known.id, end.phase, &end.note, end.reached, at).await {
            self.unwritten = Some(e.to_string());
        }
        if let Some(e) = &self.unwritten {
            tracing::error!(operation = %self.known.id, "journal: {e}");
            end.note = Label::new(format!("{} (not all of it is in the journal: {e})", end.note));
        }
        end
    }
}
