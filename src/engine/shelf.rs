//! What one source holds: the rows shown, the rows of the read under way, and how the source stands.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::assemble::Slice;
use crate::domain::{Failure, Label, Now, Observation, ResourceId, Scope, SeriesKey, SourceKey, SourceState};
use crate::providers::{Page, Source};

/// Rows that were read together.
#[derive(Clone, Debug)]
struct Held {
    rows: Arc<[Observation]>,
    read_at: Now,
}

#[derive(Debug)]
pub(super) struct Shelf {
    state: SourceState,
    pub unit_cost: f64,
    /// Reads bring only what is looked at; `Some`: rows they leave out stay this long.
    keep_unread: Option<Duration>,
    shown: Vec<Held>,
    staged: Vec<Held>,
    staged_gaps: Vec<Label>,
}

impl Shelf {
    pub fn new(key: SourceKey, source: &Source, keep_unread: Duration) -> Self {
        Self {
            state: SourceState::new(key, source.background),
            unit_cost: source.unit_cost,
            keep_unread: source.needs_focus.then_some(keep_unread),
            shown: Vec::new(),
            staged: Vec::new(),
            staged_gaps: Vec::new(),
        }
    }

    pub fn state(&self) -> &SourceState {
        &self.state
    }

    /// The rows as they are now; shares them.
    pub fn slice(&self) -> Slice {
        Slice { state: self.state.clone(), pages: self.shown.iter().map(|h| Arc::clone(&h.rows)).collect() }
    }

    pub fn apply_cadence(&mut self, every: Duration) {
        self.state.every = every;
    }

    pub fn apply_started(&mut self, at: Now) {
        self.state.reading_since = Some(at);
        self.clear_stage();
    }

    /// Takes a page in; tells whether rows shown changed. Pages of a first read are shown at once, later ones wait for their end.
    pub fn apply_page(&mut self, page: Page, at: Now) -> bool {
        if !page.rows.is_empty() {
            self.staged.push(Held { rows: page.rows.into(), read_at: at });
        }
        self.staged_gaps.extend(page.gaps);
        // A first read that is tried again does not take away what its first try had already shown.
        let shows_more = self.state.read_at.is_none() && count(&self.staged) > self.state.rows;
        if shows_more {
            self.shown.clone_from(&self.staged);
            self.state.rows = count(&self.shown);
            self.state.partial = true;
        }
        shows_more
    }

    /// The read came to its end: swaps in what it brought. Tells whether rows shown changed.
    pub fn apply_done(&mut self, at: Now) -> bool {
        let mut next = std::mem::take(&mut self.staged);
        if let Some(keep) = self.keep_unread {
            add_unread(&mut next, &self.shown, keep, at);
        }
        let was_whole = self.state.read_at.is_some();
        let same = same_rows(&self.shown, &next);
        // Even equal rows are swapped: they are as old as the latest read that brought them.
        self.shown = next;
        let gaps = std::mem::take(&mut self.staged_gaps);
        let changed = !same || !was_whole || self.state.failure.is_some() || gaps != self.state.gaps;
        self.state.rows = count(&self.shown);
        self.state.read_at = Some(at);
        self.state.reading_since = None;
        self.state.partial = false;
        self.state.failure = None;
        self.state.gaps = gaps;
        changed
    }

    /// The read failed: the rows stay, and say why they are old.
    pub fn apply_failed(&mut self, failure: Failure) {
        self.state.reading_since = None;
        self.state.failure = Some(failure);
        self.clear_stage();
    }

    pub fn apply_abandoned(&mut self) {
        self.state.reading_since = None;
        self.clear_stage();
    }

    fn clear_stage(&mut self) {
        self.staged.clear();
        self.staged_gaps.clear();
    }
}

fn count(held: &[Held]) -> usize {
    held.iter().map(|h| h.rows.len()).sum()
}

fn rows(held: &[Held]) -> impl Iterator<Item = &Observation> {
    held.iter().flat_map(|h| h.rows.iter())
}

fn same_rows(a: &[Held], b: &[Held]) -> bool {
    count(a) == count(b) && rows(a).eq(rows(b))
}

/// Adds rows that this read was not asked for, while they are fresh: a narrower focus must not blank a chart.
fn add_unread(next: &mut Vec<Held>, before: &[Held], keep: Duration, now: Now) {
    let kept: Vec<Held> = {
        let read: HashSet<RowKey<'_>> = rows(next).map(RowKey::of).collect();
        before
            .iter()
            .filter(|h| now.since(h.read_at) <= keep)
            .filter_map(|h| {
                let left: Vec<Observation> = h.rows.iter().filter(|row| !read.contains(&RowKey::of(row))).cloned().collect();
                (!left.is_empty()).then(|| Held { rows: left.into(), read_at: h.read_at })
            })
            .collect()
    };
    next.extend(kept);
}

/// What a row tells of: a later row of the same key replaces it.
#[derive(PartialEq, Eq, Hash)]
enum RowKey<'a> {
    Identity(&'a Scope),
    Resource(&'a ResourceId),
    Series(&'a SeriesKey),
    Change(&'a Label),
    Policies(&'a ResourceId),
    Schedules(&'a ResourceId),
    Activities(&'a ResourceId),
    Probe(&'a ResourceId),
}

impl<'a> RowKey<'a> {
    fn of(row: &'a Observation) -> Self {
        match row {
            Observation::Identity(i) => Self::Identity(&i.scope),
            Observation::Group(g) => Self::Resource(&g.id),
            Observation::Instance(i) => Self::Resource(&i.id),
            Observation::Pool(p) => Self::Resource(&p.id),
            Observation::Database(d) => Self::Resource(&d.id),
            Observation::Alarm(a) => Self::Resource(&a.id),
            Observation::Series(s) => Self::Series(&s.key),
            Observation::Change(c) => Self::Change(&c.id),
            Observation::Policies { group, .. } => Self::Policies(group),
            Observation::Schedules { group, .. } => Self::Schedules(group),
            Observation::Activities { group, .. } => Self::Activities(group),
            Observation::Probe { member, .. } => Self::Probe(member),
        }
    }
}
