//! The aim of a change of size: bounds and desired as set, and everybody there, or gone.

use std::sync::{Mutex, PoisonError};

use crate::domain::plan::Size;
use crate::domain::{Call, Now};

use super::super::goal::Goal;
use super::super::known::Known;
use super::Look;
use super::steps::{Aim, Sight, Turn};

/// Remembers the goal as the first look made it; made again from what was written down where another process began.
#[derive(Default)]
pub(super) struct Sized(Mutex<Option<Goal>>);

impl Sized {
    fn goal(&self, known: &Known, look: &Look) -> Option<Goal> {
        let start = known.start()?;
        let mut goal = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || if known.is_untouched() { Goal::new(&known.plan, look, start.size) } else { Goal::again(&known.plan, start, look) };
        Some(goal.get_or_insert_with(make).clone())
    }
}

impl Aim for Sized {
    /// Reads must show what was accepted so far, and nothing else.
    fn turn(&self, known: &Known, look: &Look, step: usize, now: Now) -> Turn {
        let (Some(start), Some(last)) = (known.start(), known.done().last().map(|(_, m)| m.at)) else {
            return Turn::Stop("How it began is not on record".to_owned());
        };
        let expected = start.size.after_all(&known.plan.calls[..step]);
        let before = start.size.after_all(&known.plan.calls[..step - 1]);
        match look.size() {
            Some(size) if size == expected => Turn::Go,
            Some(size) if size == before && now.age_of(last) < Call::SETTLE => {
                Turn::Wait(format!("waits until it reads as {}", words(expected)))
            }
            size => {
                let is = size.map_or_else(|| "not known".to_owned(), words);
                Turn::Stop(format!("The group should be at {}, but is at {is}", words(expected)))
            }
        }
    }

    fn sight(&self, known: &Known, look: &Look, settled: bool) -> Sight {
        let Some(goal) = self.goal(known, look) else { return Sight::default() };
        let view = goal.view(look, settled);
        let is = match look.size() {
            None => "bounds and desired capacity are not known any more".to_owned(),
            Some(size) if size.desired != goal.target().desired => format!("desired is {}", size.desired),
            Some(size) => format!("bounds are {}–{}", size.min, size.max),
        };
        Sight {
            done: view.done,
            words: view.words,
            reached: view.reached,
            wanted: view.wanted,
            as_set: view.as_set,
            is,
            failed: view.failed,
            lost: None,
        }
    }
}

/// `desired 6 within 2–12`.
pub(super) fn words(size: Size) -> String {
    format!("desired {} within {}–{}", size.desired, size.min, size.max)
}
