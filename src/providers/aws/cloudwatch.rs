//! Metrics: bought for what is selected, on screen or alarming, and for nothing else, since each metric asked for is billed.
//!
//! The selected thing gets the window on the chart; rows get an hour at most. Answers are dated by the service, may be partial, and may
//! be forbidden inside a 200: what could not be had is a gap, and the series as it was stays with its age.

mod answer;
mod errors;
mod queries;
#[cfg(test)]
mod tests;
mod window;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat, ScanBy};

use crate::domain::{Focus, Label, Observation, Series, SeriesKey};
use crate::providers::{Page, PageSink, ProviderError};

pub(super) use self::errors::fetch_errors_percent;

use self::answer::{Answers, Faults};
use self::queries::{Known, Query, plan_queries};
use self::window::Window;
use super::paging::Pages;
use super::reader::Reader;
use super::time::to_sdk_time;

const GET_METRIC_DATA: &str = "cloudwatch:GetMetricData";

/// What rows show: the newest value, and an hour of shape.
const ROW_WINDOW: Duration = Duration::from_hours(1);

/// Series as last sent, for those that a later answer lacks.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<BTreeMap<SeriesKey, Series>>);

impl Kept {
    fn take(&self) -> BTreeMap<SeriesKey, Series> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn keep(&self, series: BTreeMap<SeriesKey, Series>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = series;
    }
}

/// Reads the metrics of what the focus names.
pub(super) async fn read(reader: &Reader<'_>, focus: &Focus, sink: &PageSink) -> Result<(), ProviderError> {
    let (groups, pools) = (reader.memory.groups(), reader.memory.pools());
    let (databases, caches) = (reader.memory.databases.databases(), reader.memory.caches.caches());
    let known = Known { groups: &groups, pools: &pools, databases: &databases, caches: &caches };
    let plan = plan_queries(focus, &known);
    let now = (reader.clock)().wall;
    let length = focus.window.unwrap_or(ROW_WINDOW);

    let mut sent = BTreeMap::new();
    let before = reader.memory.series.take();
    let mut faults = Faults::default();
    let passes = [(plan.selected, Window::new(now, length)), (plan.rows, Window::new(now, length.min(ROW_WINDOW)))];
    for (queries, window) in &passes {
        for batch in queries::batches(queries, window.batch()) {
            let (answers, calls) = match fetch_batch(reader, batch, window).await {
                Ok(fetched) => fetched,
                Err(error) => {
                    reader.memory.series.keep(before);
                    return Err(error);
                }
            };
            let mut page = Page { calls, paid_units: calls * batch.len() as u32, ..Page::default() };
            for series in answers.into_series(batch, window, &before, &mut faults) {
                page.rows.push(Observation::Series(series.clone()));
                sent.insert(series.key.clone(), series);
            }
            reader.hand_over(sink, page).await?;
        }
    }
    reader.memory.series.keep(sent);
    let gaps: Vec<Label> = faults.describe(GET_METRIC_DATA);
    if gaps.is_empty() { Ok(()) } else { reader.hand_over(sink, Page { gaps, ..Page::default() }).await }
}

/// One batch, followed to its last page. Each page is a call that is billed for all its metrics.
async fn fetch_batch(reader: &Reader<'_>, batch: &[Query], window: &Window) -> Result<(Answers, u32), ProviderError> {
    let mut answers = Answers::default();
    let mut pages = Pages::new(GET_METRIC_DATA, reader.scope);
    let (mut token, mut calls) = (None, 0);
    loop {
        calls += 1;
        let answer = reader
            .clients
            .cloudwatch
            .get_metric_data()
            .set_metric_data_queries(Some(to_sdk_queries(batch, window)))
            .start_time(to_sdk_time(window.from))
            .end_time(to_sdk_time(window.to))
            .scan_by(ScanBy::TimestampAscending)
            .set_next_token(token)
            .send()
            .await
            .map_err(reader.error(GET_METRIC_DATA))?;
        answers.apply(answer.metric_data_results());
        token = pages.next(answer.next_token())?;
        if token.is_none() {
            return Ok((answers, calls));
        }
    }
}

/// Ids are the position in the batch. No unit is asked for: a metric published with another unit would come back empty.
fn to_sdk_queries(batch: &[Query], window: &Window) -> Vec<MetricDataQuery> {
    batch
        .iter()
        .enumerate()
        .map(|(n, query)| {
            let dimensions = query.dimensions.iter().map(|(name, value)| Dimension::builder().name(*name).value(value).build());
            let metric =
                Metric::builder().namespace(query.namespace).metric_name(query.name).set_dimensions(Some(dimensions.collect())).build();
            let stat = MetricStat::builder().metric(metric).period(window.period_seconds()).stat(query.statistic).build();
            MetricDataQuery::builder().id(answer::id_of(n)).metric_stat(stat).return_data(true).build()
        })
        .collect()
}
