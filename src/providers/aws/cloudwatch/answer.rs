//! From answered points to [`Series`]: units, gaps, folding of nodes, and what a missing point means.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_cloudwatch::types::{MetricDataResult, StatusCode};
use jiff::Timestamp;

use super::queries::{Query, Reading};
use super::window::Window;
use crate::domain::{Label, Metric, Point, Series, SeriesKey};
use crate::providers::aws::time::convert_time;

/// Distance of points where a machine is watched without detailed monitoring.
const BASIC_MONITORING: Duration = Duration::from_mins(5);

/// The id of the query at this place of its batch; ids begin with a letter.
pub(super) fn id_of(n: usize) -> String {
    format!("m{n}")
}

/// What a batch was answered, over all its pages.
#[derive(Debug, Default)]
pub(super) struct Answers(BTreeMap<String, Answer>);

#[derive(Debug, Default)]
struct Answer {
    points: BTreeMap<Timestamp, f64>,
    outcome: Outcome,
}

/// How a metric fared. Ordered: of several pages the last word counts, unless one failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Outcome {
    Complete,
    Partial,
    Failed,
    Forbidden,
    #[default]
    Missing,
}

/// What could not be had, counted, for the gaps.
#[derive(Debug, Default)]
pub(super) struct Faults {
    asked: usize,
    partial: usize,
    failed: usize,
    forbidden: usize,
    missing: usize,
}

impl Faults {
    fn count(&mut self, outcome: Outcome) {
        self.asked += 1;
        match outcome {
            Outcome::Complete => {}
            Outcome::Partial => self.partial += 1,
            Outcome::Failed => self.failed += 1,
            Outcome::Forbidden => self.forbidden += 1,
            Outcome::Missing => self.missing += 1,
        }
    }

    pub fn describe(&self, operation: &str) -> Vec<Label> {
        let of = self.asked;
        [
            (self.forbidden, "access denied to"),
            (self.failed, "the service failed on"),
            (self.partial, "points are missing from"),
            (self.missing, "no answer for"),
        ]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| Label::new(format!("{operation}: {what} {n} of {of} metrics")))
        .collect()
    }
}

impl Answers {
    /// Takes in one page. Later pages bring more points of the same ids.
    pub fn apply(&mut self, results: &[MetricDataResult]) {
        for result in results {
            let Some(id) = result.id() else { continue };
            let answer = self.0.entry(id.to_owned()).or_default();
            for (time, value) in result.timestamps().iter().zip(result.values()) {
                if let Some(at) = convert_time(time).filter(|_| value.is_finite()) {
                    answer.points.insert(at, *value);
                }
            }
            let outcome = match result.status_code() {
                // Some endpoints leave it out where all is well.
                Some(StatusCode::Complete) | None => Outcome::Complete,
                Some(StatusCode::InternalError) => Outcome::Failed,
                Some(StatusCode::Forbidden) => Outcome::Forbidden,
                // A word we do not know is no promise of completeness.
                Some(_) => Outcome::Partial,
            };
            if !matches!(answer.outcome, Outcome::Failed | Outcome::Forbidden) {
                answer.outcome = outcome;
            }
        }
    }

    /// The series of a batch. One that could not be had is the one sent `before`, if there was one.
    pub fn into_series(
        mut self,
        batch: &[Query],
        window: &Window,
        before: &BTreeMap<SeriesKey, Series>,
        faults: &mut Faults,
    ) -> Vec<Series> {
        let mut folded: BTreeMap<SeriesKey, Folded> = BTreeMap::new();
        for (n, query) in batch.iter().enumerate() {
            let answer = self.0.remove(&id_of(n)).unwrap_or_default();
            faults.count(answer.outcome);
            let series = folded.entry(query.key.clone()).or_default();
            match answer.outcome {
                Outcome::Complete | Outcome::Partial => {
                    series.whole &= answer.outcome == Outcome::Complete;
                    series.fold(query, convert_points(query, &answer.points, window), window.period());
                }
                Outcome::Failed | Outcome::Forbidden | Outcome::Missing => {
                    series.whole = false;
                    series.lost = true;
                }
            }
        }
        fill_errors(&mut folded);
        folded
            .into_iter()
            .filter_map(|(key, f)| {
                if f.lost {
                    // A worst-of-nodes over the nodes that answered would look better than it is.
                    return before.get(&key).cloned();
                }
                let points = f.points.into_iter().map(|(at, value)| Point { at, value }).collect();
                Some(Series { key, source: Label::new("CloudWatch"), period: f.period.unwrap_or(window.period()), points })
            })
            .collect()
    }
}

/// A series in the making.
#[derive(Debug)]
struct Folded {
    points: BTreeMap<Timestamp, f64>,
    period: Option<Duration>,
    /// Every query behind it was answered to the end: a point that is not there was not emitted.
    whole: bool,
    /// A query behind it got no answer.
    lost: bool,
}

impl Default for Folded {
    fn default() -> Self {
        Self { points: BTreeMap::new(), period: None, whole: true, lost: false }
    }
}

impl Folded {
    fn fold(&mut self, query: &Query, points: BTreeMap<Timestamp, f64>, asked: Duration) {
        if query.reading == Reading::Gauge {
            let spacing = spacing_of(&points, asked);
            self.period = Some(self.period.map_or(spacing, |p| p.min(spacing)));
        }
        let adds = matches!(query.key.metric, Metric::Evictions | Metric::Connections);
        for (at, value) in points {
            self.points.entry(at).and_modify(|v| *v = if adds { *v + value } else { v.max(value) }).or_insert(value);
        }
    }
}

/// Ours for one query: units, and only steps that mean something.
fn convert_points(query: &Query, raw: &BTreeMap<Timestamp, f64>, window: &Window) -> BTreeMap<Timestamp, f64> {
    let seconds = window.period().as_secs_f64();
    match query.reading {
        Reading::Gauge => raw.clone(),
        // The sum over a step that is under way is not yet its sum.
        Reading::Rate => raw.iter().filter(|(at, _)| window.is_whole(**at)).map(|(at, v)| (*at, v / seconds)).collect(),
        // The stream is not active now: the number it showed before must not stand as the present one.
        Reading::Lag(_) if raw.last_key_value().is_some_and(|(_, v)| *v < 0.0) => BTreeMap::new(),
        Reading::Lag(scale) => raw.iter().filter(|(_, v)| **v >= 0.0).map(|(at, v)| (*at, v * scale)).collect(),
    }
}

/// The step the points really have: five minutes under basic monitoring, whatever was asked for.
fn spacing_of(points: &BTreeMap<Timestamp, f64>, asked: Duration) -> Duration {
    let times: Vec<i64> = points.keys().map(|t| t.as_second()).collect();
    let least = times.windows(2).map(|w| (w[1] - w[0]).unsigned_abs()).min().map(Duration::from_secs);
    match least {
        Some(least) if times.len() > 2 && least == BASIC_MONITORING => asked.max(least),
        _ => asked,
    }
}

/// Error counts are only emitted when there were some. Where requests were counted in the same step, none emitted means none happened;
/// where nothing is known of requests, nothing is known of errors.
fn fill_errors(folded: &mut BTreeMap<SeriesKey, Folded>) {
    let asked: Vec<SeriesKey> = folded.keys().filter(|k| k.metric == Metric::Errors5xx).cloned().collect();
    for key in asked {
        let requests = SeriesKey { resource: key.resource.clone(), metric: Metric::Requests };
        let times: Vec<Timestamp> = folded.get(&requests).map(|r| r.points.keys().copied().collect()).unwrap_or_default();
        if let Some(errors) = folded.get_mut(&key).filter(|e| e.whole) {
            for at in times {
                errors.points.entry(at).or_insert(0.0);
            }
        }
    }
}
