//! The join: from the observations of all sources to one [`Snapshot`] with verdicts.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::change::Change;
use super::observation::Observation;
use super::snapshot::Snapshot;
use super::source::{SourceKey, SourceState};
use super::time::Now;

/// What one source holds at present.
#[derive(Clone, Debug)]
pub struct Slice {
    pub state: SourceState,
    pub rows: Arc<[Observation]>,
}

/// Everything that goes into a snapshot.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    pub slices: BTreeMap<SourceKey, Slice>,
    /// Flips we saw ourselves between reads, newest first.
    pub flips: Vec<Arc<Change>>,
    pub generation: u64,
    pub calls_per_minute: u32,
    pub cost_per_hour: f64,
}

/// Joins and judges. Pure; costs O(rows).
pub fn assemble(_inputs: &Inputs, _now: Now) -> Snapshot {
    Snapshot::default()
}
