//! Operations as the journal tells them: what became of those that nobody drives.

use crate::domain::{Label, Operation, Phase};
use crate::journal::{Journal, Stored};

use super::driver::account;
use super::known::Known;
use super::procedure::procedure_of;

/// Operations that nobody drives, but that somebody has to decide about, newest first. What cannot be read is left out.
pub async fn interrupted(journal: &Journal) -> Vec<Operation> {
    let mut out = Vec::new();
    for id in journal.open_ends().await.unwrap_or_default() {
        if journal.is_claimed(&id).unwrap_or(true) {
            continue;
        }
        if let Ok(Some(stored)) = journal.load(&id).await
            && !is_overtaken(journal, &stored).await
        {
            out.push(retold(&stored));
        }
    }
    out
}

/// All its calls are answered, nothing is borrowed, and a newer operation went to the same target: nothing is left to decide.
async fn is_overtaken(journal: &Journal, stored: &Stored) -> bool {
    let known = Known::of(stored);
    let looked_on = procedure_of(&stored.plan).only_looks_on(&known);
    if !looked_on || !known.borrowed().is_empty() || !known.unanswered().is_empty() {
        return false;
    }
    let newest = journal.latest_change(&stored.plan.target).await;
    newest.is_ok_and(|id| id.is_some_and(|id| id != stored.entry.id))
}

/// An operation as the journal tells it, whether it is over or not: what is known done, what is not known, and what may be done about it.
pub fn retold(stored: &Stored) -> Operation {
    let (entry, plan) = (&stored.entry, &stored.plan);
    let known = Known::of(stored);
    let mut operation = Operation::new(entry.id.clone(), 0, plan.target.clone(), plan.request.word(), entry.title.clone(), entry.started);
    operation.phase = entry.phase.unwrap_or(Phase::Interrupted);
    operation.ended = entry.ended;
    account(&mut operation, &known, known.slot_count());
    if operation.phase.is_over()
        && let Some((last, _)) = known.facts.last()
    {
        // Of one whose driver died nobody knows more than what it wrote last.
        operation.slots.iter_mut().for_each(|s| s.rest(*last));
    }
    operation.note = match &entry.outcome {
        Some(outcome) if operation.phase != Phase::Interrupted => outcome.clone(),
        outcome => note(&operation, outcome.as_ref()),
    };
    operation
}

fn note(operation: &Operation, outcome: Option<&Label>) -> Label {
    let list = |labels: &[Label]| labels.iter().map(|l| &**l).collect::<Vec<_>>().join("; ");
    let mut words = vec![outcome.map_or_else(|| "nobody drives it any more".to_owned(), ToString::to_string)];
    match operation.done.len() {
        0 => words.push("nothing is known to be done".to_owned()),
        n @ 1..=3 => words.push(format!("known done ({n}): {}", list(&operation.done))),
        n => words.push(format!("known done: {n} calls, the last: {}", list(&operation.done[n - 1..]))),
    }
    if !operation.unknown.is_empty() {
        words.push(format!("not known: {}", list(&operation.unknown)));
    }
    if !operation.borrowed.is_empty() {
        words.push(format!("still suspended by it: {}", list(&operation.borrowed)));
    }
    Label::new(words.join(". "))
}
