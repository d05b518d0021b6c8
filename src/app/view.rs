//! Views: which rows a list shows and in which order. Made from the snapshot on new data or a new filter, never under a pressed key.
//! Trouble comes first, then names; changes come newest first below the alarms that fire.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::state::{GroupTab, ListState, Pane, Row, RowKey, Screen, State};
use crate::domain::snapshot::Judged;
use crate::domain::{
    Alarm, Change, ChangeKind, Database, Group, Kind, Label, Member, Metric, ResourceId, SeriesKey, Snapshot, TargetPool, Verdict,
};

/// One of the lists that the console keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListId {
    Deck(Pane),
    Tab(GroupTab),
    Targets,
    Events,
}

impl ListId {
    /// The list that keys act on.
    pub fn focused(state: &State) -> Option<Self> {
        match &state.screen {
            Screen::Deck => Some(Self::Deck(state.deck.focus)),
            Screen::Group(g) => Some(Self::Tab(g.tab)),
            Screen::Pool(_) => Some(Self::Targets),
            Screen::Database(_) => Some(Self::Events),
            Screen::Operations | Screen::Start(_) => None,
        }
    }

    pub fn of(self, state: &State) -> Option<&ListState> {
        match (self, &state.screen) {
            (Self::Deck(pane), _) => Some(&state.deck.lists[pane as usize]),
            (Self::Tab(tab), Screen::Group(g)) => Some(&g.lists[tab as usize]),
            (Self::Targets, Screen::Pool(p)) => Some(&p.list),
            (Self::Events, Screen::Database(d)) => Some(&d.list),
            _ => None,
        }
    }

    pub(super) fn of_mut(self, state: &mut State) -> Option<&mut ListState> {
        match (self, &mut state.screen) {
            (Self::Deck(pane), _) => Some(&mut state.deck.lists[pane as usize]),
            (Self::Tab(tab), Screen::Group(g)) => Some(&mut g.lists[tab as usize]),
            (Self::Targets, Screen::Pool(p)) => Some(&mut p.list),
            (Self::Events, Screen::Database(d)) => Some(&mut d.list),
            _ => None,
        }
    }
}

/// The items behind a list.
#[derive(Clone, Copy)]
pub(super) enum Items<'a> {
    Groups(&'a [Arc<Judged<Group>>]),
    Pools(&'a [Arc<Judged<TargetPool>>]),
    Databases(&'a [Arc<Judged<Database>>]),
    /// Alarms that are not calm (rows with a resource) and changes (named rows).
    Changes(&'a Snapshot),
    Tab(&'a Group, GroupTab),
    Targets(&'a TargetPool),
    /// Alarms and changes about one resource.
    Events(&'a Snapshot, &'a ResourceId),
    Nothing,
}

impl<'a> Items<'a> {
    pub(super) fn of(snapshot: &'a Snapshot, screen: &'a Screen, list: ListId) -> Self {
        match (list, screen) {
            (ListId::Deck(Pane::Groups), _) => Self::Groups(&snapshot.groups),
            (ListId::Deck(Pane::Pools), _) => Self::Pools(&snapshot.pools),
            (ListId::Deck(Pane::Databases), _) => Self::Databases(&snapshot.databases),
            (ListId::Deck(Pane::Changes), _) => Self::Changes(snapshot),
            (ListId::Tab(tab), Screen::Group(g)) => snapshot.group(&g.id).map_or(Self::Nothing, |g| Self::Tab(&g.item, tab)),
            (ListId::Targets, Screen::Pool(p)) => snapshot.pool(&p.id).map_or(Self::Nothing, |p| Self::Targets(&p.item)),
            (ListId::Events, Screen::Database(d)) => Self::Events(snapshot, &d.id),
            _ => Self::Nothing,
        }
    }

    /// Rows before filtering.
    pub(super) fn total(self) -> usize {
        match self {
            Self::Groups(g) => g.len(),
            Self::Pools(p) => p.len(),
            Self::Databases(d) => d.len(),
            Self::Changes(s) => told(s, |_| true).len(),
            Self::Events(s, id) => history(s, id).len(),
            Self::Tab(g, tab) => match tab {
                GroupTab::Members => g.members.len(),
                GroupTab::Activities => g.activities.as_ref().map_or(0, Vec::len),
                GroupTab::Policies => g.policies.as_ref().map_or(0, Vec::len),
                GroupTab::Schedule => g.schedules.as_ref().map_or(0, Vec::len),
                GroupTab::Versions => g.tally().versions.len(),
                GroupTab::Tags => g.tags.len(),
            },
            Self::Targets(p) => p.targets.as_ref().map_or(0, Vec::len),
            Self::Nothing => 0,
        }
    }

    /// Makes the view: rows that match, in order. `keep` stays even if it no longer matches: nothing moves away under the cursor.
    pub(super) fn rows(self, filter: &Filter, keep: Option<&RowKey>) -> Vec<Row> {
        match self {
            Self::Groups(items) => judged_rows(items, |g| (&g.id, &g.name), |i| self.matches(i, filter), keep),
            Self::Pools(items) => judged_rows(items, |p| (&p.id, &p.name), |i| self.matches(i, filter), keep),
            Self::Databases(items) => judged_rows(items, |d| (&d.id, &d.name), |i| self.matches(i, filter), keep),
            Self::Changes(s) => self.told_rows(told(s, |_| true), filter, keep),
            Self::Events(s, id) => self.told_rows(history(s, id), filter, keep),
            Self::Tab(g, GroupTab::Members) => member_rows(g, |i| self.matches(i, filter), keep),
            Self::Targets(p) => target_rows(p, |i| self.matches(i, filter), keep),
            Self::Tab(..) | Self::Nothing => self.named_rows(filter, keep),
        }
    }

    fn told_rows(self, mut rows: Vec<Row>, filter: &Filter, keep: Option<&RowKey>) -> Vec<Row> {
        rows.retain(|row| keep == Some(&row.key) || self.row_matches(row, filter));
        rows
    }

    fn named_rows(self, filter: &Filter, keep: Option<&RowKey>) -> Vec<Row> {
        (0..self.total())
            .map(|i| Row { key: RowKey::Named(self.label(i)), index: Some(i), height: 1 })
            .filter(|r| keep == Some(&r.key) || r.index.is_some_and(|i| self.matches(i, filter)))
            .collect()
    }

    /// The stable name of an item that is no resource.
    fn label(self, index: usize) -> Label {
        let name = match self {
            Self::Tab(g, tab) => match tab {
                GroupTab::Members => g.members.get(index).map(|m| &m.label),
                GroupTab::Activities => g.activities.as_deref().unwrap_or_default().get(index).map(|a| &a.id),
                GroupTab::Policies => g.policies.as_deref().unwrap_or_default().get(index).map(|p| &p.name),
                GroupTab::Schedule => g.schedules.as_deref().unwrap_or_default().get(index).map(|s| &s.name),
                GroupTab::Versions => g.tally().versions.get(index).map(|(v, _)| v),
                GroupTab::Tags => g.tags.get(index).map(|(k, _)| k),
            },
            _ => None,
        };
        name.cloned().unwrap_or_default()
    }

    /// What a row says about itself, for the ghost it may leave.
    pub(super) fn title(self, row: &Row) -> Option<Label> {
        let i = row.index?;
        match self {
            Self::Groups(items) => items.get(i).map(|g| g.item.name.clone()),
            Self::Pools(items) => items.get(i).map(|p| p.item.name.clone()),
            Self::Databases(items) => items.get(i).map(|d| d.item.name.clone()),
            Self::Changes(s) | Self::Events(s, _) => match row.key {
                RowKey::Resource(_) => s.alarms.get(i).map(|a| a.item.name.clone()),
                RowKey::Named(_) => s.changes.get(i).map(|c| c.title.clone()),
            },
            Self::Targets(p) => p.targets.as_deref().unwrap_or_default().get(i).map(|t| t.label.clone()),
            Self::Tab(..) => Some(self.label(i)),
            Self::Nothing => None,
        }
    }

    /// Whether the item at an index has all words of the filter somewhere in what its row shows.
    fn matches(self, index: usize, filter: &Filter) -> bool {
        if filter.is_empty() {
            return true;
        }
        match self {
            Self::Groups(items) => items.get(index).is_some_and(|g| {
                let (i, a) = (&g.item, &g.assessment);
                filter.matches(|f| {
                    f(&i.name)
                        || f(i.kind.word())
                        || f(a.verdict.word())
                        || f(i.id.scope.region())
                        || a.headline().is_some_and(|h| f(h))
                        || i.version_wanted.as_ref().is_some_and(|v| f(v))
                        || i.zones.iter().any(|z| f(z))
                        || i.owner.as_ref().is_some_and(|o| f(&o.tool))
                })
            }),
            Self::Pools(items) => items.get(index).is_some_and(|p| {
                let (i, a) = (&p.item, &p.assessment);
                filter.matches(|f| {
                    f(&i.name)
                        || f(&i.kind)
                        || f(a.verdict.word())
                        || f(i.id.scope.region())
                        || a.headline().is_some_and(|h| f(h))
                        || i.balancers.iter().any(|b| f(&b.name))
                })
            }),
            Self::Databases(items) => items.get(index).is_some_and(|d| {
                let (i, a) = (&d.item, &d.assessment);
                filter.matches(|f| {
                    f(&i.name)
                        || f(&i.engine)
                        || f(i.role.word())
                        || f(&i.status.word)
                        || f(a.verdict.word())
                        || f(i.id.scope.region())
                        || a.headline().is_some_and(|h| f(h))
                })
            }),
            Self::Changes(s) | Self::Events(s, _) => s.changes.get(index).is_some_and(|c| {
                filter.matches(|f| {
                    f(c.kind.word()) || f(&c.title) || c.detail.as_ref().is_some_and(|d| f(d)) || c.who.as_ref().is_some_and(|w| f(w))
                })
            }),
            Self::Tab(g, tab) => tab_matches(g, tab, index, filter),
            Self::Targets(p) => p.targets.as_deref().unwrap_or_default().get(index).is_some_and(|t| {
                filter.matches(|f| {
                    f(&t.label) || f(&t.state.word) || t.zone.as_ref().is_some_and(|z| f(z)) || t.reason.as_ref().is_some_and(|r| f(r))
                })
            }),
            Self::Nothing => false,
        }
    }

    /// Narrows a view whose filter got longer: what did not match before cannot match now.
    pub(super) fn narrow(self, rows: &mut Vec<Row>, filter: &Filter) {
        rows.retain(|row| self.row_matches(row, filter));
    }

    fn row_matches(self, row: &Row, filter: &Filter) -> bool {
        match (self, &row.key, row.index) {
            (_, _, None) => false,
            (Self::Changes(s) | Self::Events(s, _), RowKey::Resource(_), Some(i)) => alarm_matches(s, i, filter),
            (_, _, Some(i)) => self.matches(i, filter),
        }
    }
}

/// Two lines where trouble has a reason to tell.
fn height<T>(item: &Judged<T>) -> u8 {
    if item.verdict() >= Verdict::Unknown && item.assessment.headline().is_some() { 2 } else { 1 }
}

fn judged_rows<T>(
    items: &[Arc<Judged<T>>],
    face: fn(&T) -> (&ResourceId, &Label),
    matches: impl Fn(usize) -> bool,
    keep: Option<&RowKey>,
) -> Vec<Row> {
    let kept = |id: &ResourceId| matches!(keep, Some(RowKey::Resource(k)) if k == id);
    let mut order: Vec<usize> = (0..items.len()).filter(|i| matches(*i) || kept(face(&items[*i].item).0)).collect();
    // Stable, and items come in id order: equal names of two regions keep their order between reads.
    order.sort_by(|a, b| {
        let (a, b) = (&items[*a], &items[*b]);
        b.verdict().cmp(&a.verdict()).then_with(|| face(&a.item).1.cmp(face(&b.item).1))
    });
    order
        .into_iter()
        .map(|i| Row { key: RowKey::Resource(face(&items[i].item).0.clone()), index: Some(i), height: height(&items[i]) })
        .collect()
}

/// An alarm that has a row of its own.
fn is_standing(alarm: &Judged<Alarm>) -> bool {
    alarm.verdict() > Verdict::Ok
}

/// The flips that the rows of standing alarms tell already: when, and about what.
struct Standing<'a>(HashSet<(Timestamp, &'a ResourceId)>);

impl<'a> Standing<'a> {
    fn of(s: &'a Snapshot) -> Self {
        let flip = |a: &'a Arc<Judged<Alarm>>| Some((a.item.since?, a.item.about.as_ref().unwrap_or(&a.item.id)));
        Self(s.alarms.iter().filter(|a| is_standing(a)).filter_map(flip).collect())
    }

    fn tells(&self, change: &Change) -> bool {
        change.kind == ChangeKind::Alarm && change.about.as_ref().is_some_and(|about| self.0.contains(&(change.at, about)))
    }
}

fn alarm_matches(s: &Snapshot, index: usize, filter: &Filter) -> bool {
    s.alarms.get(index).is_some_and(|a| filter.matches(|f| f("alarm") || f(&a.item.name) || f(&a.item.reason) || f(a.verdict().word())))
}

/// What is told about one thing, in the order of the changes pane: alarms by resource, changes by name.
pub fn history(snapshot: &Snapshot, subject: &ResourceId) -> Vec<Row> {
    told(snapshot, |about| about == Some(subject))
}

/// Alarms that fire stand above everything, newest first; the other alarms that are not calm mix with the changes by time.
fn told(s: &Snapshot, is_wanted: impl Fn(Option<&ResourceId>) -> bool) -> Vec<Row> {
    let standing = Standing::of(s);
    let mut rows: Vec<(bool, Option<Timestamp>, Row)> = Vec::with_capacity(s.changes.len());
    for (i, alarm) in s.alarms.iter().enumerate().filter(|(_, a)| is_standing(a) && is_wanted(a.item.about.as_ref())) {
        let row = Row { key: RowKey::Resource(alarm.item.id.clone()), index: Some(i), height: 1 };
        rows.push((alarm.verdict() >= Verdict::Warning, alarm.item.since, row));
    }
    for (i, change) in s.changes.iter().enumerate().filter(|(_, c)| is_wanted(c.about.as_ref()) && !standing.tells(c)) {
        rows.push((false, Some(change.at), Row { key: RowKey::Named(change.id.clone()), index: Some(i), height: 1 }));
    }
    rows.sort_by_key(|(fires, at, _)| (Reverse(*fires), Reverse(*at)));
    rows.into_iter().map(|(_, _, row)| row).collect()
}

/// Unhealthy first, then those on their way, then the rest, by label.
fn member_rows(g: &Group, matches: impl Fn(usize) -> bool, keep: Option<&RowKey>) -> Vec<Row> {
    let rank = |m: &Member| match m {
        m if m.trouble().is_some() => 0_u8,
        m if m.lifecycle.is_moving() => 1,
        m if m.in_service() => 3,
        _ => 2,
    };
    let kept = |m: &Member| matches!(keep, Some(RowKey::Resource(k)) if *k == m.id);
    let mut order: Vec<(u8, usize)> =
        g.members.iter().enumerate().filter(|(i, m)| matches(*i) || kept(m)).map(|(i, m)| (rank(m), i)).collect();
    order.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| g.members[a.1].label.cmp(&g.members[b.1].label)));
    order.into_iter().map(|(_, i)| Row { key: RowKey::Resource(g.members[i].id.clone()), index: Some(i), height: 1 }).collect()
}

/// Worst state first. A member may stand in a pool once per port, so the key is what is registered, not the member.
fn target_rows(p: &TargetPool, matches: impl Fn(usize) -> bool, keep: Option<&RowKey>) -> Vec<Row> {
    let targets = p.targets.as_deref().unwrap_or_default();
    let key = |i: usize| {
        let t = &targets[i];
        RowKey::Named(match t.port {
            Some(port) => Label::new(format!("{}:{port}", t.member.native())),
            None => Label::new(t.member.native()),
        })
    };
    let mut order: Vec<usize> = (0..targets.len()).filter(|i| matches(*i) || keep == Some(&key(*i))).collect();
    order.sort_by(|a, b| {
        let (a, b) = (&targets[*a], &targets[*b]);
        b.state.class.cmp(&a.state.class).then_with(|| a.label.cmp(&b.label)).then_with(|| a.port.cmp(&b.port))
    });
    order.into_iter().map(|i| Row { key: key(i), index: Some(i), height: 1 }).collect()
}

fn tab_matches(g: &Group, tab: GroupTab, index: usize, filter: &Filter) -> bool {
    match tab {
        GroupTab::Members => g.members.get(index).is_some_and(|m| {
            filter.matches(|f| {
                f(&m.label)
                    || f(&m.zone)
                    || f(&m.lifecycle.word)
                    || f(&m.health.word)
                    || m.name.as_ref().is_some_and(|n| f(n))
                    || m.version.as_ref().is_some_and(|v| f(v))
                    || m.address.as_ref().is_some_and(|a| f(a))
                    || m.targets.iter().any(|t| f(&t.state.word) || t.reason.as_ref().is_some_and(|r| f(r)))
            })
        }),
        GroupTab::Activities => g.activities.as_deref().unwrap_or_default().get(index).is_some_and(|a| {
            filter.matches(|f| f(&a.status.word) || f(&a.description) || f(&a.cause) || a.message.as_ref().is_some_and(|m| f(m)))
        }),
        GroupTab::Policies => {
            g.policies.as_deref().unwrap_or_default().get(index).is_some_and(|p| filter.matches(|f| f(&p.name) || f(&p.describe())))
        }
        GroupTab::Schedule => g
            .schedules
            .as_deref()
            .unwrap_or_default()
            .get(index)
            .is_some_and(|s| filter.matches(|f| f(&s.name) || s.recurrence.as_ref().is_some_and(|r| f(r)))),
        GroupTab::Versions => g.tally().versions.get(index).is_some_and(|(v, _)| filter.matches(|f| f(v))),
        GroupTab::Tags => g.tags.get(index).is_some_and(|(k, v)| filter.matches(|f| f(k) || f(v))),
    }
}

/// The words of a filter: every one must be found, in any field, in any case.
pub(super) struct Filter(Vec<String>);

impl Filter {
    pub(super) fn new(text: &str) -> Self {
        Self(text.split_whitespace().map(str::to_lowercase).collect())
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `any_field` hands each field to the test it is given.
    fn matches(&self, any_field: impl Fn(&dyn Fn(&str) -> bool) -> bool) -> bool {
        self.0.iter().all(|word| any_field(&|text| contains(text, word)))
    }
}

/// Finds a lower-case word in text of any case, without allocating for plain names.
pub(super) fn contains(text: &str, word: &str) -> bool {
    if text.is_ascii() {
        text.as_bytes().windows(word.len().max(1)).any(|w| w.eq_ignore_ascii_case(word.as_bytes())) || word.is_empty()
    } else {
        text.to_lowercase().contains(word)
    }
}

/// What the metrics are of: the drilled-in thing, what the selected change is about, or the selection of the pane of resources that was in
/// focus last.
pub fn subject(state: &State) -> Option<ResourceId> {
    match &state.screen {
        Screen::Operations | Screen::Start(_) => None,
        Screen::Group(g) => Some(g.id.clone()),
        Screen::Pool(p) => Some(p.id.clone()),
        Screen::Database(d) => Some(d.id.clone()),
        Screen::Deck => {
            let about = (state.deck.focus == Pane::Changes).then(|| about(state)).flatten();
            about.filter(|id| matches!(id.kind, Kind::Group | Kind::Pool | Kind::Database)).or_else(|| {
                match &state.deck.lists[state.deck.subject as usize].selected {
                    Some(RowKey::Resource(id)) => Some(id.clone()),
                    _ => None,
                }
            })
        }
    }
}

/// What the selected alarm or change is about.
pub(super) fn about(state: &State) -> Option<ResourceId> {
    let row = state.deck.lists[Pane::Changes as usize].selected_row()?;
    let shown = state.shown();
    match row.key {
        RowKey::Resource(_) => shown.alarms.get(row.index?)?.item.about.clone(),
        RowKey::Named(_) => shown.changes.get(row.index?)?.about.clone(),
    }
}

/// The series the metrics pane charts for a subject, most telling first: those that have points, or the first two while none has.
pub fn charts(snapshot: &Snapshot, subject: &ResourceId) -> Vec<SeriesKey> {
    let all = telling(snapshot, subject);
    let has_points = |key: &SeriesKey| snapshot.series.get(key).is_some_and(|s| !s.points.is_empty());
    if all.iter().any(has_points) { all.into_iter().filter(has_points).collect() } else { all.into_iter().take(2).collect() }
}

/// Everything that is measured of a kind of thing.
fn telling(snapshot: &Snapshot, subject: &ResourceId) -> Vec<SeriesKey> {
    let series = |resource: &ResourceId, metric| SeriesKey { resource: resource.clone(), metric };
    let pool = |id: &ResourceId| [Metric::Errors5xx, Metric::Latency, Metric::Requests, Metric::HealthyHosts].map(|m| series(id, m));
    match subject.kind {
        Kind::Group => {
            let pools = snapshot.group(subject).map_or(&[][..], |g| &g.item.pools);
            let mut out: Vec<_> = pools.iter().flat_map(pool).collect();
            out.insert(out.len().min(2), series(subject, Metric::Cpu));
            out
        }
        Kind::Pool => pool(subject).to_vec(),
        Kind::Database => {
            let cache = snapshot.database(subject).is_some_and(|d| d.item.role == crate::domain::DatabaseRole::Cache);
            let all = [Metric::Cpu, Metric::Connections, Metric::FreeStorage, Metric::ReplicaLag, Metric::MemoryUsed, Metric::Evictions];
            let fits = |m: &Metric| match m {
                Metric::FreeStorage | Metric::ReplicaLag => !cache,
                Metric::MemoryUsed | Metric::Evictions => cache,
                _ => true,
            };
            all.into_iter().filter(fits).map(|m| series(subject, m)).collect()
        }
        Kind::Member | Kind::Balancer | Kind::Alarm | Kind::Rule => Vec::new(),
    }
}
