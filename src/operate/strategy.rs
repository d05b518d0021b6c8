//! The ways to redeploy a group, each a [`Procedure`]: what to do next, from what is known and one look. They make no calls, wait for
//! nothing and remember nothing of their own; *old* is the set of members written down at the start, never a version.

mod blue_green;
mod drain;
mod in_place;
mod ledger;
mod limits;
mod native;
mod readiness;
mod scene;
mod slots;
mod surge;
mod twin;
mod verify;

use crate::domain::plan::{RedeployRequest, Strategy};

use super::known::Known;
use super::procedure::Procedure;
use crate::domain::Start;

use ledger::Ledger;

/// Members wanted in the end: as at the start, or as somebody else set it meanwhile and a human said to go on with.
pub(super) fn wanted(known: &Known, start: &Start) -> u32 {
    Ledger::of(known, start).home.desired
}

/// The procedure behind a request to redeploy.
pub(super) fn procedure(request: &RedeployRequest) -> Box<dyn Procedure> {
    match &request.strategy {
        Strategy::SurgeAndDrain { batch } => Box::new(surge::Surge { batch: (*batch).max(1) }),
        Strategy::InPlace { batch } => Box::new(in_place::InPlace { batch: (*batch).max(1) }),
        Strategy::Native(preferences) => Box::new(native::Native { preferences: preferences.clone() }),
        Strategy::BlueGreen(way) => Box::new(blue_green::BlueGreenWay { way: way.clone() }),
    }
}

#[cfg(test)]
mod tests;
