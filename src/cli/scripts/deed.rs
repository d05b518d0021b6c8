//! What became of each thing a script was to change: the state in words, the exit code that goes with it, and the document of it all.

use serde::Serialize;

use super::card::Card;
use super::stop::code;
use crate::domain::{Label, Operation, OperationId, Phase, Slot};
use crate::journal::{Answer, Entry};

/// One thing and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct Deed {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<OperationId>,
    pub target: Label,
    pub region: Label,
    pub title: Label,
    /// `done`, `held`, …; `begun` where nobody waited, `allowed` and `refused` for a dry run, `nothing-to-do`.
    pub state: Label,
    pub note: Label,
    pub exit: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<Card>,
}

/// The one document on standard output.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub verb: &'static str,
    pub dry_run: bool,
    pub exit: u8,
    pub operations: Vec<Deed>,
}

impl Report {
    pub fn new(verb: &'static str, dry_run: bool, operations: Vec<Deed>) -> Self {
        // Of several, the gravest: the codes are in that order.
        let exit = operations.iter().map(|d| d.exit).max().unwrap_or(0);
        Self { verb, dry_run, exit, operations }
    }
}

/// What a script ends with when its operation stands so. `touched`: a call was carried out, or may have been.
pub fn exit_of(phase: Phase, touched: bool) -> u8 {
    match phase {
        Phase::Done => 0,
        Phase::Refused => code::REFUSED,
        Phase::RolledBack => code::AS_BEFORE,
        Phase::Failed if !touched => code::AS_BEFORE,
        Phase::Failed | Phase::Held | Phase::Stuck | Phase::Unclear | Phase::Abandoned => code::HELD,
        Phase::Interrupted => code::INTERRUPTED,
        // Still under way: begun is all that was asked.
        Phase::Checking | Phase::Calling | Phase::Following | Phase::Paused | Phase::RollingBack => 0,
    }
}

/// Whether any call of an operation was carried out, or may have been.
pub fn touched(entry: &Entry) -> bool {
    entry.steps.iter().any(|s| s.answer != Some(Answer::Refused))
}

/// An operation as `ops` tells of it.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    pub id: OperationId,
    pub state: Label,
    pub target: Label,
    pub region: Label,
    pub word: Label,
    pub title: Label,
    pub note: Label,
    pub started: jiff::Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<jiff::Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eta: Option<jiff::Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<(u32, u32)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub slots: Vec<Slot>,
    /// Processes it holds suspended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub borrowed: Vec<Label>,
    /// What it would obey now.
    pub orders: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub driver: Option<Label>,
    pub by: Label,
    /// Calls that are known to be done, and those of which it is not known.
    pub calls_done: Vec<Label>,
    pub calls_unknown: Vec<Label>,
}

impl Listed {
    pub fn of(operation: &Operation, entry: &Entry) -> Self {
        Self {
            id: operation.id.clone(),
            state: state(operation.phase),
            target: entry.group.clone(),
            region: Label::new(entry.scope.region()),
            word: operation.word.clone(),
            title: operation.title.clone(),
            note: operation.note.clone(),
            started: operation.started,
            ended: operation.ended,
            eta: operation.eta,
            progress: operation.progress,
            slots: operation.slots.clone(),
            borrowed: operation.borrowed.clone(),
            orders: operation.orders.iter().map(|o| o.word()).collect(),
            driver: operation.driver.clone(),
            by: Label::new(format!("{}@{}", entry.user, entry.host)),
            calls_done: operation.done.clone(),
            calls_unknown: operation.unknown.clone(),
        }
    }

    /// Two lines: what and how it stands, then why.
    pub fn text(&self) -> String {
        let progress = self.progress.map_or_else(String::new, |(n, of)| format!(" {n}/{of}"));
        let mut text = format!("{}  {:<12} {} ({}){progress}", self.id, self.state, self.title, self.region);
        if !self.note.is_empty() {
            text.push_str(&format!("\n    {}", self.note));
        }
        if !self.orders.is_empty() {
            text.push_str(&format!("\n    can be told: {}", self.orders.join(", ")));
        }
        text
    }
}

/// A phase as scripts compare it: `rolled-back`.
pub fn state(phase: Phase) -> Label {
    Label::new(phase.word().replace(' ', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_has_its_exit_code() {
        for (phase, touched, code) in [
            (Phase::Done, true, 0),
            (Phase::Refused, false, 3),
            (Phase::RolledBack, true, 4),
            (Phase::Failed, false, 4),
            (Phase::Failed, true, 5),
            (Phase::Held, true, 5),
            (Phase::Unclear, true, 5),
            (Phase::Stuck, true, 5),
            (Phase::Abandoned, true, 5),
            (Phase::Interrupted, true, 6),
        ] {
            assert_eq!(exit_of(phase, touched), code, "{phase:?}");
        }
    }

    #[test]
    fn states_are_single_words() {
        assert_eq!(&*state(Phase::RolledBack), "rolled-back");
        assert_eq!(&*state(Phase::Done), "done");
    }
}
