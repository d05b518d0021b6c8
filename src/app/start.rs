//! The first screen, where nothing is configured: the demo and the profiles that were found.

use super::effect::{Effect, Estate};
use super::list::Motion;
use super::state::{Start, State};
use super::update::notify;

/// Moves the choice; 0 is the demo, then the profiles in order.
pub(super) fn go(start: &mut Start, motion: Motion) {
    let last = start.profiles.len();
    start.selected = match motion {
        Motion::Down => (start.selected + 1).min(last),
        Motion::Up => start.selected.min(last).saturating_sub(1),
        Motion::Top | Motion::PageUp => 0,
        Motion::Bottom | Motion::PageDown => last,
    };
}

/// Asks for the chosen estate.
pub(super) fn open(state: &mut State, start: &Start, out: &mut Vec<Effect>) {
    let found = start.selected.checked_sub(1).and_then(|i| start.profiles.get(i));
    let estate = if let Some(found) = found {
        notify(state, format!("opening profile {}", found.label));
        Estate::Profile { profile: found.name.clone(), regions: found.region.iter().cloned().collect() }
    } else {
        notify(state, "opening the demo");
        Estate::Demo
    };
    out.push(Effect::OpenEstate(estate));
}
