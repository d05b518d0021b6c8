//! How well a pool answers: the share of errors, and response time against its own habit.

use std::collections::HashMap;

use crate::domain::assemble::FRESH;
use crate::domain::{Finding, Metric, Now, Point, ResourceId, Series, TargetPool, Unit, Verdict};

use super::super::{Context, words};

/// Share of requests answered 5xx, in percent.
const ERRORS_WARNING: f64 = 1.0;
const ERRORS_CRITICAL: f64 = 5.0;
/// Fewer errors than this are an anecdote.
const ERRORS_AT_LEAST: f64 = 5.0;
/// Points that make the present: the last one alone is partial in most clouds.
const PRESENT: usize = 3;
/// Points that make a habit.
const HABIT: usize = 10;
/// Times the habit, and at least this long, that count as slow.
const SLOW_FACTOR: f64 = 3.0;
const SLOW_SECONDS: f64 = 0.5;

pub fn find(pool: &TargetPool, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let rate = error_rate(pool, |id, metric| context.series_of(id, metric), context.now);
    if let Some(rate) = rate.filter(|r| r.failed >= ERRORS_AT_LEAST) {
        let share = rate.percent;
        let verdict = match share {
            s if s >= ERRORS_CRITICAL => Verdict::Critical,
            s if s >= ERRORS_WARNING => Verdict::Warning,
            _ => Verdict::Ok,
        };
        if verdict > Verdict::Ok {
            let shown = if share < 10.0 { format!("{share:.1}") } else { format!("{share:.0}") };
            findings.push(Finding::new(verdict, format!("5xx {shown} % of {}", Unit::PerSecond.format(rate.requests))));
        }
    }
    if let Some((now, usual)) = slowness(pool, context) {
        let (now, usual) = (Unit::Seconds.format(now), Unit::Seconds.format(usual));
        findings.push(Finding::new(Verdict::Warning, format!("p95 {now}, usually {usual}")));
    }
}

/// How much of a pool's traffic fails at present.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ErrorRate {
    /// Share of the requests that were answered 5xx, 0 to 100.
    pub percent: f64,
    /// Requests per second.
    pub requests: f64,
    /// Answers 5xx, in number.
    pub failed: f64,
}

/// A metric of the pool, or where only the balancer has it, of that.
fn series<'a>(pool: &TargetPool, metric: Metric, of: impl Fn(&ResourceId, Metric) -> Option<&'a Series>) -> Option<&'a Series> {
    std::iter::once(&pool.id).chain(pool.balancers.iter().map(|b| &b.id)).find_map(|id| of(id, metric))
}

/// The last points of a series, if the newest is fresh.
fn present(series: &Series, now: Now) -> &[Point] {
    match series.latest() {
        Some(p) if now.age_of(p.at) <= FRESH => &series.points[series.points.len().saturating_sub(PRESENT)..],
        _ => &[],
    }
}

/// What fails of a pool's requests. Errors are reported only where there are some, so a missing point beside a request count is none; a
/// missing request count is not known.
pub fn error_rate<'a>(pool: &TargetPool, of: impl Fn(&ResourceId, Metric) -> Option<&'a Series>, now: Now) -> Option<ErrorRate> {
    let requests = series(pool, Metric::Requests, &of)?;
    let errors = series(pool, Metric::Errors5xx, &of)?;
    let by_time: HashMap<_, _> = errors.points.iter().map(|p| (p.at, p.value)).collect();
    let points = present(requests, now);
    let asked: f64 = points.iter().map(|p| p.value).sum();
    let failed: f64 = points.iter().filter_map(|p| by_time.get(&p.at)).sum();
    (asked > 0.0).then(|| ErrorRate {
        percent: words::percent(failed, asked),
        requests: asked / points.len() as f64,
        failed: failed * requests.period.as_secs_f64(),
    })
}

/// Mean response time now and its habit, where now is much slower. A service that is always slow is not in trouble.
fn slowness(pool: &TargetPool, context: &Context<'_>) -> Option<(f64, f64)> {
    let latency = series(pool, Metric::Latency, |id, metric| context.series_of(id, metric))?;
    let now = present(latency, context.now);
    let before = &latency.points[..latency.points.len() - now.len()];
    if now.is_empty() || before.len() < HABIT {
        return None;
    }
    let mean = now.iter().map(|p| p.value).sum::<f64>() / now.len() as f64;
    let mut habit: Vec<f64> = before.iter().map(|p| p.value).collect();
    habit.sort_by(f64::total_cmp);
    // The lower quartile, not the median: an incident that fills half the window must not become the habit.
    let usual = habit[habit.len() / 4];
    (mean >= SLOW_SECONDS && mean >= usual * SLOW_FACTOR).then_some((mean, usual))
}
