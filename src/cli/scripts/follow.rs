//! Following an operation from a script: each new word of it is a line of progress, until it is over. Leaving does not end it.

use std::time::Duration;

use tokio::time::sleep;

use super::stop::Stop;
use super::voice::say;
use crate::cli::operating::Desk;
use crate::cli::operating::standing::Found;
use crate::domain::{Operation, OperationId};

/// Between two looks.
const PACE: Duration = Duration::from_millis(300);

/// Waits until an operation is over or interrupted. `Stuck` is no end: it may still come loose.
pub async fn to_the_end(desk: &Desk, id: &OperationId) -> Result<(Operation, Found), Stop> {
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
            return Ok((operation, found));
        }
        sleep(PACE).await;
    }
}
