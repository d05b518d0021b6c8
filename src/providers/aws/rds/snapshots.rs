//! The latest snapshot of each database. They come a hundred to a page and there may be thousands, so a list is used for ten minutes.
//! A list that cannot be had never fails the read: it leaves a gap, and what was held stays.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::convert::Named;
use super::status::convert_snapshot_status;
use crate::domain::{DatabaseSnapshot, FailureKind, Label, Now};
use crate::providers::ProviderError;
use crate::providers::aws::gaps::gap;
use crate::providers::aws::paging::Pages;
use crate::providers::aws::reader::Reader;
use crate::providers::aws::time::convert_time;

/// How long a list of snapshots is used.
const KEEP: Duration = Duration::from_mins(10);

/// How long until a list that could not be had is asked for again.
const RETRY: Duration = Duration::from_mins(2);

/// How long the first read of all waits for snapshots before it shows databases without them.
const FIRST_PATIENCE: Duration = Duration::from_secs(2);

const OF_INSTANCES: &str = "rds:DescribeDBSnapshots";
const OF_CLUSTERS: &str = "rds:DescribeDBClusterSnapshots";

/// What a database's snapshots are found by: its resource id and its name, where both are told.
///
/// By the name alone, a dead database's backup would be taken for that of a new one that got its name. A database that was renamed has
/// no backup under its new name until the next one is made: a false alarm rather than a false comfort.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Keys {
    resource: Option<String>,
    name: Option<String>,
}

impl Keys {
    pub fn new(resource: Option<&str>, name: &str) -> Self {
        Self { resource: resource.filter(|r| !r.is_empty()).map(str::to_owned), name: Some(name.to_owned()) }
    }

    /// Of something that has no snapshots of its own.
    pub fn none() -> Self {
        Self::default()
    }
}

/// The latest snapshots of one sort of database, by what they were taken of.
#[derive(Debug, Default)]
pub(super) struct Book(HashMap<Keys, DatabaseSnapshot>);

impl Book {
    /// The exact match, or one that names no resource.
    pub fn latest(&self, keys: &Keys) -> Option<DatabaseSnapshot> {
        keys.name.as_ref()?;
        self.0.get(keys).or_else(|| self.0.get(&Keys { resource: None, ..keys.clone() })).cloned()
    }

    /// Keeps the newest that is there; one that is being made or failed only where there is no other.
    fn apply(&mut self, keys: Keys, snapshot: DatabaseSnapshot) {
        let rank = |s: &DatabaseSnapshot| (s.status.is_good(), s.at);
        if self.0.get(&keys).is_none_or(|held| rank(held) < rank(&snapshot)) {
            self.0.insert(keys, snapshot);
        }
    }
}

/// What is known of snapshots.
#[derive(Clone, Debug, Default)]
pub(super) struct Snapshots {
    pub instances: Arc<Book>,
    pub clusters: Arc<Book>,
    /// What could not be read, repeated with every read that uses this.
    pub gaps: Vec<Label>,
    /// When they were asked for last; `None` = never to the end.
    asked: Option<Now>,
}

impl Snapshots {
    fn is_due(&self, now: Now) -> bool {
        let keep = if self.gaps.is_empty() { KEEP } else { RETRY };
        self.asked.is_none_or(|at| now.since(at) >= keep || now.drift(at) >= keep)
    }
}

/// The snapshots, and the calls they took: those held while they are fresh, else read again.
pub(super) async fn fetch_snapshots(reader: &Reader<'_>, held: Option<Arc<Snapshots>>, now: Now) -> (Arc<Snapshots>, u32) {
    match held {
        Some(held) if !held.is_due(now) => (held, 0),
        Some(held) => fetch_all(reader, &held, now).await,
        None => {
            let nothing = Snapshots::default();
            tokio::time::timeout(FIRST_PATIENCE, fetch_all(reader, &nothing, now)).await.unwrap_or_else(|_| {
                let text = format!("{OF_INSTANCES}: not done within {} s; snapshots come with the next read", FIRST_PATIENCE.as_secs());
                // Two calls were under way at least; the exact count went with them.
                (Arc::new(Snapshots { gaps: vec![Label::new(text)], ..Snapshots::default() }), 2)
            })
        }
    }
}

async fn fetch_all(reader: &Reader<'_>, held: &Snapshots, now: Now) -> (Arc<Snapshots>, u32) {
    let ((instances, a), (clusters, b)) = tokio::join!(fetch_of_instances(reader), fetch_of_clusters(reader));
    let mut gaps = Vec::new();
    let mut choose = |fetched: Result<Book, ProviderError>, held: &Arc<Book>| match fetched {
        Ok(book) => Arc::new(book),
        Err(error) => {
            gaps.push(gap(&error));
            Arc::clone(held)
        }
    };
    let (instances, clusters) = (choose(instances, &held.instances), choose(clusters, &held.clusters));
    (Arc::new(Snapshots { instances, clusters, gaps, asked: Some(now) }), a + b)
}

async fn fetch_of_instances(reader: &Reader<'_>) -> (Result<Book, ProviderError>, u32) {
    let mut calls = 0;
    let book = async {
        let mut pages = Pages::new(OF_INSTANCES, reader.scope);
        let (mut marker, mut book) = (None, Book::default());
        loop {
            calls += 1;
            let request = reader.clients.rds.describe_db_snapshots().max_records(100).set_marker(marker);
            let answer = request.send().await.map_err(reader.error(OF_INSTANCES))?;
            for s in answer.db_snapshots() {
                let at = s.snapshot_create_time().and_then(convert_time);
                if let (Some(of), Some(snapshot)) =
                    (s.db_instance_identifier(), convert_snapshot(s.db_snapshot_identifier(), at, s.status()))
                {
                    book.apply(Keys::new(s.dbi_resource_id(), of), snapshot);
                }
            }
            marker = pages.next(answer.marker())?;
            if marker.is_none() {
                return Ok(book);
            }
        }
    }
    .await;
    (book, calls)
}

async fn fetch_of_clusters(reader: &Reader<'_>) -> (Result<Book, ProviderError>, u32) {
    let mut calls = 0;
    let book = async {
        let mut pages = Pages::new(OF_CLUSTERS, reader.scope);
        let (mut marker, mut book) = (None, Book::default());
        loop {
            calls += 1;
            let request = reader.clients.rds.describe_db_cluster_snapshots().max_records(100).set_marker(marker);
            let answer = request.send().await.map_err(reader.error(OF_CLUSTERS))?;
            for s in answer.db_cluster_snapshots() {
                let at = s.snapshot_create_time().and_then(convert_time);
                if let (Some(of), Some(snapshot)) =
                    (s.db_cluster_identifier(), convert_snapshot(s.db_cluster_snapshot_identifier(), at, s.status()))
                {
                    book.apply(Keys::new(s.db_cluster_resource_id(), of), snapshot);
                }
            }
            marker = pages.next(answer.marker())?;
            if marker.is_none() {
                return Ok(book);
            }
        }
    }
    .await;
    (book, calls)
}

/// The newest snapshot of one database, one that is being made before all others. What may not be asked is not known.
pub(super) async fn fetch_newest(
    reader: &Reader<'_>,
    of: Named<'_>,
    keys: &Keys,
    now: Timestamp,
) -> Result<Option<DatabaseSnapshot>, ProviderError> {
    let all = match of {
        Named::Instance(name) => fetch_names_of_instance(reader, name).await,
        Named::Cluster(name) => fetch_names_of_cluster(reader, name).await,
    };
    let all = match all {
        Err(error) if matches!(error.kind, FailureKind::Forbidden | FailureKind::Unsupported | FailureKind::NotFound) => return Ok(None),
        all => all?,
    };
    Ok(newest(all.into_iter().filter(|s| s.resource.is_none() || s.resource == keys.resource || keys.resource.is_none()), now))
}

/// A snapshot as listed for one database.
struct Listed {
    resource: Option<String>,
    name: Option<String>,
    at: Option<Timestamp>,
    status: Option<String>,
}

/// One without a time has only just begun.
fn newest(all: impl Iterator<Item = Listed>, now: Timestamp) -> Option<DatabaseSnapshot> {
    let snapshots = all.filter_map(|s| convert_snapshot(s.name.as_deref(), s.at.or(Some(now)), s.status.as_deref()));
    snapshots.max_by_key(|s| (s.status.is_moving(), s.at))
}

async fn fetch_names_of_instance(reader: &Reader<'_>, name: &str) -> Result<Vec<Listed>, ProviderError> {
    let mut pages = Pages::new(OF_INSTANCES, reader.scope);
    let (mut marker, mut out) = (None, Vec::new());
    loop {
        let request = reader.clients.rds.describe_db_snapshots().db_instance_identifier(name).max_records(100).set_marker(marker);
        let answer = request.send().await.map_err(reader.error(OF_INSTANCES))?;
        out.extend(answer.db_snapshots().iter().map(|s| Listed {
            resource: s.dbi_resource_id().filter(|r| !r.is_empty()).map(str::to_owned),
            name: s.db_snapshot_identifier().map(str::to_owned),
            at: s.snapshot_create_time().and_then(convert_time),
            status: s.status().map(str::to_owned),
        }));
        marker = pages.next(answer.marker())?;
        if marker.is_none() {
            return Ok(out);
        }
    }
}

async fn fetch_names_of_cluster(reader: &Reader<'_>, name: &str) -> Result<Vec<Listed>, ProviderError> {
    let mut pages = Pages::new(OF_CLUSTERS, reader.scope);
    let (mut marker, mut out) = (None, Vec::new());
    loop {
        let request = reader.clients.rds.describe_db_cluster_snapshots().db_cluster_identifier(name).max_records(100).set_marker(marker);
        let answer = request.send().await.map_err(reader.error(OF_CLUSTERS))?;
        out.extend(answer.db_cluster_snapshots().iter().map(|s| Listed {
            resource: s.db_cluster_resource_id().filter(|r| !r.is_empty()).map(str::to_owned),
            name: s.db_cluster_snapshot_identifier().map(str::to_owned),
            at: s.snapshot_create_time().and_then(convert_time),
            status: s.status().map(str::to_owned),
        }));
        marker = pages.next(answer.marker())?;
        if marker.is_none() {
            return Ok(out);
        }
    }
}

/// A snapshot without a time (one that is only being planned) is no backup.
fn convert_snapshot(name: Option<&str>, at: Option<Timestamp>, status: Option<&str>) -> Option<DatabaseSnapshot> {
    Some(DatabaseSnapshot { name: Label::new(name?), at: at?, status: convert_snapshot_status(status) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(name: &str, at: u64, status: &str) -> DatabaseSnapshot {
        convert_snapshot(Some(name), Some(Now::at(at).wall), Some(status)).unwrap()
    }

    #[test]
    fn the_newest_that_is_there_counts() {
        let mut book = Book::default();
        let keys = Keys::new(Some("db-A"), "orders");
        for (name, at, status) in [("b", 200, "available"), ("a", 100, "available"), ("c", 300, "creating"), ("d", 400, "failed")] {
            book.apply(keys.clone(), snapshot(name, at, status));
        }
        assert_eq!(&*book.latest(&keys).unwrap().name, "b");

        let other = Keys::new(Some("db-B"), "users");
        book.apply(other.clone(), snapshot("e", 1, "creating"));
        assert_eq!(&*book.latest(&other).unwrap().name, "e", "better than none");
    }

    #[test]
    fn a_snapshot_that_has_just_begun_is_the_newest() {
        let listed = |name: &str, at: Option<u64>, status: &str| Listed {
            resource: None,
            name: Some(name.to_owned()),
            at: at.map(|at| Now::at(at).wall),
            status: Some(status.to_owned()),
        };
        let all = [listed("old", Some(100), "available"), listed("ours", None, "creating"), listed("nightly", Some(300), "available")];
        assert_eq!(newest(all.into_iter(), Now::at(200).wall).unwrap().name.as_str(), "ours");
        let all = [listed("old", Some(100), "available"), listed("ours", Some(210), "available")];
        assert_eq!(newest(all.into_iter(), Now::at(220).wall).unwrap().name.as_str(), "ours");
    }

    #[test]
    fn a_dead_database_of_the_same_name_lends_no_backup() {
        let mut book = Book::default();
        book.apply(Keys::new(Some("db-OLD"), "orders"), snapshot("old", 100, "available"));
        assert_eq!(book.latest(&Keys::new(Some("db-NEW"), "orders")), None);
        book.apply(Keys::new(None, "orders"), snapshot("nameless", 50, "available"));
        assert_eq!(&*book.latest(&Keys::new(Some("db-NEW"), "orders")).unwrap().name, "nameless");
        assert_eq!(book.latest(&Keys::none()), None);
    }

    #[test]
    fn a_list_is_good_for_ten_minutes_two_with_a_gap_and_not_across_a_sleep() {
        let whole = Snapshots { asked: Some(Now::at(0)), ..Snapshots::default() };
        assert!(!whole.is_due(Now::at(599)));
        assert!(whole.is_due(Now::at(600)));
        assert!(whole.is_due(Now { wall: Now::at(9_000).wall, mono: Duration::from_secs(5) }));
        let gappy = Snapshots { gaps: vec![Label::new("x")], ..whole };
        assert!(!gappy.is_due(Now::at(119)));
        assert!(gappy.is_due(Now::at(120)));
        assert!(Snapshots::default().is_due(Now::at(0)));
    }
}
