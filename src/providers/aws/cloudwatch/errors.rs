//! How much of the traffic of some pools is answered 5xx, in one number for the last minutes.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{Kind, Metric, Series, SeriesKey, TargetPool};
use crate::providers::ProviderError;

use super::answer::Faults;
use super::queries::plan_errors;
use super::window::Window;
use super::{Reader, fetch_batch, queries};

/// How far back is looked for the newest minutes: measurements come late.
const WINDOW: Duration = Duration::from_mins(10);
/// Minutes that are counted together, so that one request does not make a rate.
const MINUTES: usize = 3;

/// Percent of requests in the newest minutes that were answered 5xx: by the members of these pools, and by their balancers themselves, who
/// answer where no member can. `None`: nobody here counts requests, or there were none.
pub(in crate::providers::aws) async fn fetch_errors_percent(
    reader: &Reader<'_>,
    pools: &[TargetPool],
) -> Result<Option<f64>, ProviderError> {
    let asked = plan_errors(pools);
    let window = Window::new((reader.clock)().wall, WINDOW);
    let mut minutes = BTreeMap::new();
    for batch in queries::batches(&asked, window.batch()) {
        let (answers, _) = fetch_batch(reader, batch, &window).await?;
        let series = answers.into_series(batch, &window, &BTreeMap::new(), &mut Faults::default());
        add(&mut minutes, &series);
    }
    Ok(percent(&minutes))
}

/// Rates in one minute, over all pools and over all balancers.
#[derive(Clone, Copy, Debug, Default)]
struct Minute {
    requests: f64,
    errors: f64,
    /// A balancer counts as requests only what it could hand to a member.
    handed_on: f64,
    refused: f64,
}

impl Minute {
    fn counted(&self) -> bool {
        self.requests > 0.0 || self.handed_on.max(self.refused) > 0.0
    }
}

fn add(minutes: &mut BTreeMap<Timestamp, Minute>, series: &[Series]) {
    for errors in series.iter().filter(|s| s.key.metric == Metric::Errors5xx) {
        let is_balancer = errors.key.resource.kind == Kind::Balancer;
        for point in &errors.points {
            let minute = minutes.entry(point.at).or_default();
            *(if is_balancer { &mut minute.refused } else { &mut minute.errors }) += point.value;
        }
        // Requests beside errors that were not answered say nothing of a share.
        let requests = SeriesKey { resource: errors.key.resource.clone(), metric: Metric::Requests };
        for point in series.iter().filter(|s| s.key == requests).flat_map(|s| &s.points) {
            let minute = minutes.entry(point.at).or_default();
            *(if is_balancer { &mut minute.handed_on } else { &mut minute.requests }) += point.value;
        }
    }
}

fn percent(minutes: &BTreeMap<Timestamp, Minute>) -> Option<f64> {
    let newest: Vec<&Minute> = minutes.values().rev().filter(|m| m.counted()).take(MINUTES).collect();
    let sum = |of: fn(&Minute) -> f64| newest.iter().map(|m| of(m)).sum::<f64>();
    let share = |part: f64, of: f64| if of > 0.0 { part / of * 100.0 } else { 0.0 };
    let by_members = share(sum(|m| m.errors), sum(|m| m.requests));
    let by_balancers = share(sum(|m| m.refused), sum(|m| m.handed_on.max(m.refused)));
    (!newest.is_empty()).then(|| (by_members + by_balancers).clamp(0.0, 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Label, Now, Point, ResourceId, Scope};

    fn series(kind: Kind, metric: Metric, points: &[(u64, f64)]) -> Series {
        let resource = ResourceId::new(&Scope::new("aws", "test", "eu-central-1"), kind, "x");
        let points = points.iter().map(|(minute, value)| Point { at: Now::at(minute * 60).wall, value: *value }).collect();
        Series { key: SeriesKey { resource, metric }, source: Label::new("CloudWatch"), period: Duration::from_mins(1), points }
    }

    fn share(series: &[Series]) -> Option<f64> {
        let mut minutes = BTreeMap::new();
        add(&mut minutes, series);
        percent(&minutes)
    }

    #[test]
    fn the_newest_minutes_with_traffic_count() {
        use Kind::Pool;
        let requests = series(Pool, Metric::Requests, &[(1, 10.0), (2, 10.0), (3, 10.0), (4, 10.0)]);
        let errors = series(Pool, Metric::Errors5xx, &[(1, 10.0), (2, 0.0), (3, 0.0), (4, 3.0)]);
        assert_eq!(share(&[requests.clone(), errors]), Some(10.0), "the first minute is past");
        assert_eq!(share(&[requests]), None, "errors that were not answered are not none");
        let idle = [series(Pool, Metric::Requests, &[(1, 0.0)]), series(Pool, Metric::Errors5xx, &[(1, 0.0)])];
        assert_eq!(share(&idle), None);
        assert_eq!(share(&[]), None);
    }

    #[test]
    fn a_balancer_without_members_refuses_everybody() {
        use Kind::Balancer;
        let refused = [series(Balancer, Metric::Errors5xx, &[(1, 5.0)])];
        assert_eq!(share(&refused), Some(100.0), "no request is counted that no member could take");
        let some = [series(Balancer, Metric::Requests, &[(1, 20.0)]), series(Balancer, Metric::Errors5xx, &[(1, 5.0)])];
        assert_eq!(share(&some), Some(25.0));
        let both = [
            series(Kind::Pool, Metric::Requests, &[(1, 20.0)]),
            series(Kind::Pool, Metric::Errors5xx, &[(1, 1.0)]),
            some[0].clone(),
            some[1].clone(),
        ];
        assert_eq!(share(&both), Some(30.0));
    }
}
