//! What happened to databases and caches, in the services' own words: failovers, restarts, backups, full disks.
//!
//! The first read asks for a day, later ones from the last event seen with some overlap; everything known of the last day is sent each
//! time, because a read replaces what an earlier one sent.

mod convert;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{Change, Focus, Label, Now, Observation};
use crate::providers::{Page, PageSink, ProviderError};

use self::convert::{convert_elasticache, convert_rds};
use super::gaps::or_gap;
use super::paging::Pages;
use super::reader::Reader;
use super::time::to_sdk_time;

const RDS: &str = "rds:DescribeEvents";
const ELASTICACHE: &str = "elasticache:DescribeEvents";

/// How far back events are listed.
const HISTORY: Duration = Duration::from_hours(24);

/// Events arrive late and out of order: this much is asked for again.
const OVERLAP: Duration = Duration::from_mins(10);

/// Events kept at most, newest.
const MAX_EVENTS: usize = 1_000;

#[derive(Debug, Default)]
struct Known {
    events: BTreeMap<(Timestamp, Label), Change>,
    /// Up to when the service was read without a failure.
    read_to: Option<Timestamp>,
}

/// The events seen so far, of each service for itself: one may be readable and the other not.
#[derive(Debug, Default)]
pub(super) struct Kept {
    rds: Mutex<Known>,
    elasticache: Mutex<Known>,
}

/// Where to begin: a day ago, or a little before the last good read.
fn begin(kept: &Mutex<Known>, now: Now) -> Timestamp {
    let day_ago = now.wall - HISTORY;
    let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    kept.read_to.map_or(day_ago, |t| (t - OVERLAP).max(day_ago))
}

/// Takes in what was read; `complete` moves the mark that the next read begins from.
fn keep(kept: &Mutex<Known>, fetched: Option<Vec<Change>>, now: Now) -> Vec<Observation> {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(fetched) = fetched {
        kept.events.extend(fetched.into_iter().map(|c| ((c.at, c.id.clone()), c)));
        kept.read_to = Some(now.wall);
    }
    let day_ago = now.wall - HISTORY;
    kept.events.retain(|(at, _), _| *at >= day_ago);
    while kept.events.len() > MAX_EVENTS {
        kept.events.pop_first();
    }
    kept.events.values().cloned().map(Observation::Change).collect()
}

/// Reads both services. One that cannot be read leaves a gap; the other's events come all the same.
pub(super) async fn read(reader: &Reader<'_>, _focus: &Focus, sink: &PageSink) -> Result<(), ProviderError> {
    let now = (reader.clock)();
    let kept = &reader.memory.events;
    let ((rds, rds_calls), (elasticache, elasticache_calls)) = tokio::join!(
        fetch_rds(reader, begin(&kept.rds, now), now.wall),
        fetch_elasticache(reader, begin(&kept.elasticache, now), now.wall),
    );
    let mut page = Page { calls: rds_calls + elasticache_calls, ..Page::default() };
    let (rds, elasticache) = (or_gap(rds, &mut page.gaps), or_gap(elasticache, &mut page.gaps));
    // What came is kept before an error of the other ends the read.
    page.rows.extend(keep(&kept.rds, rds.as_ref().ok().cloned().flatten(), now));
    page.rows.extend(keep(&kept.elasticache, elasticache.as_ref().ok().cloned().flatten(), now));
    rds.and(elasticache)?;
    reader.hand_over(sink, page).await
}

async fn fetch_rds(reader: &Reader<'_>, from: Timestamp, to: Timestamp) -> (Result<Vec<Change>, ProviderError>, u32) {
    let mut calls = 0;
    let answer = async {
        let mut pages = Pages::new(RDS, reader.scope);
        let (mut marker, mut all) = (None, Vec::new());
        loop {
            calls += 1;
            let request = reader.clients.rds.describe_events().start_time(to_sdk_time(from)).end_time(to_sdk_time(to)).max_records(100);
            let answer = request.set_marker(marker).send().await.map_err(reader.error(RDS))?;
            all.extend(answer.events().iter().filter_map(|e| convert_rds(e, reader.scope)));
            marker = pages.next(answer.marker())?;
            if marker.is_none() {
                return Ok(all);
            }
        }
    }
    .await;
    (answer, calls)
}

async fn fetch_elasticache(reader: &Reader<'_>, from: Timestamp, to: Timestamp) -> (Result<Vec<Change>, ProviderError>, u32) {
    let mut calls = 0;
    let caches = reader.memory.caches.caches();
    let answer = async {
        let mut pages = Pages::new(ELASTICACHE, reader.scope);
        let (mut marker, mut all) = (None, Vec::new());
        loop {
            calls += 1;
            let request = reader.clients.elasticache.describe_events().start_time(to_sdk_time(from)).end_time(to_sdk_time(to));
            let answer = request.max_records(100).set_marker(marker).send().await.map_err(reader.error(ELASTICACHE))?;
            all.extend(answer.events().iter().filter_map(|e| convert_elasticache(e, &caches)));
            marker = pages.next(answer.marker())?;
            if marker.is_none() {
                return Ok(all);
            }
        }
    }
    .await;
    (answer, calls)
}
