//! Following an operation from a script: each new word of it is a line of progress, until it is over. Leaving does not end it.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::deed;
use super::stop::{Stop, code};
use super::voice::say;
use crate::cli::args::scripts::Limit;
use crate::cli::operating::Desk;
use crate::cli::operating::standing::Found;
use crate::domain::time::format_age;
use crate::domain::{Label, Operation, OperationId};

/// Between two looks.
const PACE: Duration = Duration::from_millis(300);

/// An operation as it was left: over, or under way when the time was up.
pub struct Followed {
    pub operation: Operation,
    pub found: Found,
    /// How long was waited in vain.
    pub left: Option<Duration>,
}

impl Followed {
    pub fn state(&self) -> Label {
        deed::state(self.operation.phase)
    }

    pub fn note(&self) -> Label {
        let note = &self.operation.note;
        match self.left {
            None => note.clone(),
            Some(waited) => Label::new(format!(
                "not over after {}: it goes on without us; follow it with: pilothouse ops wait {} ({note})",
                format_age(waited),
                self.operation.id
            )),
        }
    }

    pub fn exit(&self) -> u8 {
        match self.left {
            None => deed::exit_of(self.operation.phase, deed::touched(&self.found.stored.entry)),
            Some(_) => code::INTERRUPTED,
        }
    }
}

/// Waits until an operation is over or interrupted, or the time is up. `Stuck` is no end: it may still come loose.
pub async fn to_the_end(desk: &Desk, id: &OperationId, limit: Limit) -> Result<Followed, Stop> {
    let since = Instant::now();
    let mut said = String::new();
    loop {
        let found = desk.find(id).await.map_err(|why| Stop::failed(&*why))?;
        let Some(found) = found else { return Err(Stop::failed(format!("operation {id} is no longer on record"))) };
        let operation = found.standing(desk.clock.now().wall);
        let progress = operation.progress.map_or_else(String::new, |(n, of)| format!(" {n}/{of}"));
        let line = format!("{}: {}{progress}: {}", found.stored.entry.group, operation.phase.word(), operation.note);
        if line != said {
            say(&line);
            said = line;
        }
        if !found.claimed && operation.phase.is_over() {
            return Ok(Followed { operation, found, left: None });
        }
        if limit.longest.is_some_and(|longest| since.elapsed() >= longest) {
            return Ok(Followed { operation, found, left: limit.longest });
        }
        sleep(PACE).await;
    }
}
