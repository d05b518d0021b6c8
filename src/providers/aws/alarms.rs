//! Alarms: metric, composite and log, with their state, why and since when; and their flips, as changes.

mod convert;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_cloudwatch::types::AlarmType;
use jiff::Timestamp;

use crate::domain::{Alarm, Change, Focus, Label, Observation};
use crate::providers::{Page, PageSink, ProviderError};

use self::convert::{convert_composite, convert_flip, convert_log, convert_metric};
use super::paging::Pages;
use super::reader::Reader;

const ALARMS: &str = "cloudwatch:DescribeAlarms";

/// How long a flip is listed. The service tells only the latest of each alarm; earlier ones are those seen by this process.
const HISTORY: Duration = Duration::from_hours(24);

/// Flips kept at most; an alarm that flaps must not grow the list for months.
const MAX_FLIPS: usize = 500;

/// Flips seen so far, by their id.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<BTreeMap<(Timestamp, Label), Change>>);

impl Kept {
    /// Takes in the latest flips and gives back all that are still worth listing.
    fn keep(&self, flips: impl IntoIterator<Item = Change>, now: Timestamp) -> Vec<Change> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(flips.into_iter().map(|c| ((c.at, c.id.clone()), c)));
        kept.retain(|(at, _), _| is_recent(*at, now));
        while kept.len() > MAX_FLIPS {
            kept.pop_first();
        }
        kept.values().cloned().collect()
    }
}

fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    let age = now.duration_since(at);
    age.is_negative() || age.unsigned_abs() < HISTORY
}

/// The name in an alarm's id, which is its ARN where it has one. Names may hold colons.
pub(super) fn name_of(native: &str) -> &str {
    native.split_once(":alarm:").map_or(native, |(_, name)| name)
}

/// Reads all alarms; flips go with the last page.
pub(super) async fn read(reader: &Reader<'_>, _focus: &Focus, sink: &PageSink) -> Result<(), ProviderError> {
    let now = (reader.clock)().wall;
    let mut flips = Vec::new();
    let mut pages = Pages::new(ALARMS, reader.scope);
    let mut token = None;
    loop {
        // Without the types, the service lists metric alarms only.
        let request = reader
            .clients
            .cloudwatch
            .describe_alarms()
            .alarm_types(AlarmType::MetricAlarm)
            .alarm_types(AlarmType::CompositeAlarm)
            .alarm_types(AlarmType::LogAlarm)
            .max_records(100)
            .set_next_token(token);
        let answer = request.send().await.map_err(reader.error(ALARMS))?;
        let alarms: Vec<Alarm> = (answer.metric_alarms().iter().filter_map(|a| convert_metric(a, reader.scope)))
            .chain(answer.composite_alarms().iter().filter_map(|a| convert_composite(a, reader.scope)))
            .chain(answer.log_alarms().iter().filter_map(|a| convert_log(a, reader.scope)))
            .collect();
        flips.extend(alarms.iter().filter_map(convert_flip).filter(|c| is_recent(c.at, now)));
        token = pages.next(answer.next_token())?;
        let mut page = Page { rows: alarms.into_iter().map(Observation::Alarm).collect(), calls: 1, ..Page::default() };
        let last = token.is_none();
        if last {
            let flips = reader.memory.flips.keep(std::mem::take(&mut flips), now);
            page.rows.extend(flips.into_iter().map(Observation::Change));
        }
        reader.hand_over(sink, page).await?;
        if last {
            return Ok(());
        }
    }
}
