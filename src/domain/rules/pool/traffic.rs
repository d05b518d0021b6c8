//! How well a pool answers: the share of errors, and response time against its own habit.

use std::collections::HashMap;

use crate::domain::assemble::FRESH;
use crate::domain::{Finding, Metric, Point, Series, TargetPool, Unit, Verdict};

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
    if let Some((share, requests)) = error_share(pool, context) {
        let verdict = match share {
            s if s >= ERRORS_CRITICAL => Verdict::Critical,
            s if s >= ERRORS_WARNING => Verdict::Warning,
            _ => Verdict::Ok,
        };
        if verdict > Verdict::Ok {
            let shown = if share < 10.0 { format!("{share:.1}") } else { format!("{share:.0}") };
            findings.push(Finding::new(verdict, format!("5xx {shown} % of {}", Unit::PerSecond.format(requests))));
        }
    }
    if let Some((now, usual)) = slowness(pool, context) {
        let (now, usual) = (Unit::Seconds.format(now), Unit::Seconds.format(usual));
        findings.push(Finding::new(Verdict::Warning, format!("p95 {now}, usually {usual}")));
    }
}

/// A metric of the pool, or where only the balancer has it, of that.
fn series<'a>(pool: &TargetPool, metric: Metric, context: &Context<'a>) -> Option<&'a Series> {
    std::iter::once(&pool.id).chain(pool.balancers.iter().map(|b| &b.id)).find_map(|id| context.series_of(id, metric))
}

/// The last points of a series, if the newest is fresh.
fn present<'a>(series: &'a Series, context: &Context<'_>) -> &'a [Point] {
    match series.latest() {
        Some(p) if context.now.age_of(p.at) <= FRESH => &series.points[series.points.len().saturating_sub(PRESENT)..],
        _ => &[],
    }
}

/// Percent of requests answered 5xx, and requests per second. Errors are reported only where there are some, so a missing point beside a
/// request count is none; a missing request count is not known.
fn error_share(pool: &TargetPool, context: &Context<'_>) -> Option<(f64, f64)> {
    let requests = series(pool, Metric::Requests, context)?;
    let errors = series(pool, Metric::Errors5xx, context)?;
    let by_time: HashMap<_, _> = errors.points.iter().map(|p| (p.at, p.value)).collect();
    let points = present(requests, context);
    let asked: f64 = points.iter().map(|p| p.value).sum();
    let failed: f64 = points.iter().filter_map(|p| by_time.get(&p.at)).sum();
    let number = failed * requests.period.as_secs_f64();
    (number >= ERRORS_AT_LEAST && asked > 0.0).then(|| (words::percent(failed, asked), asked / points.len() as f64))
}

/// Mean response time now and its habit, where now is much slower. A service that is always slow is not in trouble.
fn slowness(pool: &TargetPool, context: &Context<'_>) -> Option<(f64, f64)> {
    let latency = series(pool, Metric::Latency, context)?;
    let now = present(latency, context);
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
