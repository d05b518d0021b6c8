//! How an operation stands, from what is on record, what its driver said last, and whether it has one: pure.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{Fact, Label, Operation, Order, Phase};
use crate::journal::{Entry, Stored};
use crate::operate::retold;

/// A runner has this long from the record's first line to its claim.
pub(super) const STARTS: Duration = Duration::from_secs(20);

/// What there is to know of one operation.
#[derive(Clone, Debug)]
pub struct Found {
    pub stored: Stored,
    /// Its driver's newest word; worth nothing by itself once nobody drives it.
    pub published: Option<Operation>,
    pub claimed: bool,
}

impl Found {
    /// The operation as screens and scripts show it.
    pub fn standing(&self, now: Timestamp) -> Operation {
        let told = retold(&self.stored);
        if self.claimed {
            // Claimed and silent so far: its driver has only just begun.
            return self.published.clone().unwrap_or_else(|| checking(told, "reading it again"));
        }
        if self.stored.entry.phase.is_none() && !has_begun(&self.stored) && age(&self.stored.entry, now) < STARTS {
            return checking(told, "its runner is starting");
        }
        told
    }
}

fn checking(mut operation: Operation, note: &str) -> Operation {
    operation.phase = Phase::Checking;
    operation.note = Label::new(note);
    operation.ended = None;
    operation.orders.clear();
    operation
}

/// Whether a driver came as far as writing something down that counts.
pub fn has_begun(stored: &Stored) -> bool {
    !stored.entry.steps.is_empty() || stored.facts.iter().any(|(_, f)| matches!(f, Fact::Started(_) | Fact::Driver { .. }))
}

fn age(entry: &Entry, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(entry.started)).unwrap_or_default()
}

/// Whether an order makes sense now; the error is a sentence. What a driver makes of it is the driver's own judgement.
pub fn admits(operation: &Operation, order: Order, claimed: bool) -> Result<(), Label> {
    let no = |why: String| Err(Label::new(why));
    let (phase, word) = (operation.phase, operation.phase.word());
    if claimed && !(order == Order::RollBack && operation.past_return) {
        return Ok(());
    }
    match (phase, order) {
        (_, Order::RollBack) if phase.is_open_end() && operation.past_return => {
            no(format!("it is {word}, past its point of no return: it can be resumed or abandoned"))
        }
        (_, Order::Resume | Order::RollBack | Order::Abandon) if phase.is_open_end() => Ok(()),
        _ if claimed => no(format!("it is {word}, past its point of no return: it can be held, or left to go on")),
        (Phase::Interrupted, Order::Hold) => Ok(()),
        _ if phase.is_open_end() => no(format!("it is {word}: nobody drives it; it can be resumed, rolled back or abandoned")),
        _ if phase.is_over() => no(format!("it is over ({word}): {}", operation.note)),
        // Its runner is starting, and will hear it.
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::fixture;
    use crate::domain::{GuardRules, Now, OperationId};
    use crate::journal::{Journal, NewOperation};

    fn operation(phase: Phase, past_return: bool) -> Operation {
        let mut operation = Operation::new(
            OperationId::new(Now::at(0).wall, 1),
            0,
            fixture::group(4).id,
            "scale",
            Label::new("Scale portal"),
            Now::at(0).wall,
        );
        (operation.phase, operation.past_return) = (phase, past_return);
        operation
    }

    #[test]
    fn orders_are_admitted_by_where_it_stands() {
        use Order::{Abandon, Hold, Pause, Resume, RollBack};
        for (phase, past, claimed, admitted) in [
            (Phase::Following, false, true, vec![Pause, Resume, Hold, RollBack, Abandon]),
            (Phase::Following, true, true, vec![Pause, Resume, Hold, Abandon]),
            (Phase::Interrupted, false, false, vec![Resume, Hold, RollBack, Abandon]),
            (Phase::Interrupted, true, false, vec![Resume, Hold, Abandon]),
            (Phase::Held, false, false, vec![Resume, RollBack, Abandon]),
            (Phase::Done, false, false, vec![]),
            (Phase::Refused, false, false, vec![]),
            (Phase::Checking, false, false, vec![Pause, Resume, Hold, RollBack, Abandon]),
        ] {
            let said: Vec<Order> = Order::ALL.into_iter().filter(|o| admits(&operation(phase, past), *o, claimed).is_ok()).collect();
            assert_eq!(said, admitted, "{phase:?} past {past} claimed {claimed}");
        }
    }

    async fn found() -> Found {
        let journal = Journal::throwaway().unwrap();
        let plan = fixture::scale_to(&fixture::group(4), 5);
        let new = NewOperation {
            started: Now::at(0).wall,
            principal: Label::new("arn:aws:iam::1:user/kim"),
            plan,
            rules: GuardRules::default(),
            way: serde_json::Value::Null,
            before: None,
            after: None,
        };
        let id = journal.begin(new).await.unwrap();
        Found { stored: journal.load(&id).await.unwrap().unwrap(), published: None, claimed: false }
    }

    #[tokio::test]
    async fn a_runner_gets_a_moment_to_start_before_it_is_missed() {
        let mut found = found().await;
        assert_eq!(found.standing(Now::at(2).wall).phase, Phase::Checking);
        assert_eq!(found.standing(Now::at(60).wall).phase, Phase::Interrupted);
        found.claimed = true;
        assert_eq!(found.standing(Now::at(60).wall).phase, Phase::Checking, "it is driven, and has said nothing yet");
    }

    #[tokio::test]
    async fn the_word_of_a_driver_that_is_gone_counts_for_nothing() {
        let mut found = found().await;
        let mut last = operation(Phase::Following, false);
        last.note = Label::new("4 of 5 in service");
        found.published = Some(last);
        assert_eq!(found.standing(Now::at(60).wall).phase, Phase::Interrupted);
        found.claimed = true;
        assert_eq!(&*found.standing(Now::at(60).wall).note, "4 of 5 in service");
    }
}
