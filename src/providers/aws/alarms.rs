//! Alarms: metric, composite and log, with their state, why and since when, and what mutes them; and their flips, as changes.

mod convert;
mod mutes;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_cloudwatch::operation::describe_alarms::DescribeAlarmsOutput;
use aws_sdk_cloudwatch::operation::describe_alarms::builders::DescribeAlarmsFluentBuilder;
use aws_sdk_cloudwatch::types::AlarmType;
use jiff::Timestamp;

use crate::domain::{Alarm, Change, Focus, Label, Observation, Scope};
use crate::providers::{Page, PageSink, ProviderError};

use self::convert::{convert_composite, convert_flip, convert_log, convert_metric};
use super::paging::Pages;
use super::reader::Reader;

pub(super) use self::mutes::Known as Mutes;

pub(super) const ALARMS: &str = "cloudwatch:DescribeAlarms";

/// Alarms on a page, and names one call takes.
const PAGE: i32 = 100;

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
    let (mut gaps, mut calls) = (Vec::new(), 1);
    let (mutes, first) = tokio::join!(mutes::fetch_all(reader, &mut gaps, &mut calls), fetch_page(reader, None));
    let (mutes, mut answer) = (mutes?, first?);
    let mut flips = Vec::new();
    let mut pages = Pages::new(ALARMS, reader.scope);
    loop {
        let mut alarms = convert_alarms(&answer, reader.scope);
        for alarm in &mut alarms {
            mutes::apply_mutes(alarm, &mutes);
        }
        flips.extend(alarms.iter().filter_map(convert_flip).filter(|c| is_recent(c.at, now)));
        let token = pages.next(answer.next_token())?;
        let rows = alarms.into_iter().map(Observation::Alarm).collect();
        let mut page = Page { rows, calls: std::mem::replace(&mut calls, 1), gaps: std::mem::take(&mut gaps), ..Page::default() };
        if token.is_none() {
            let flips = reader.memory.flips.keep(std::mem::take(&mut flips), now);
            page.rows.extend(flips.into_iter().map(Observation::Change));
        }
        reader.hand_over(sink, page).await?;
        if token.is_none() {
            return Ok(());
        }
        answer = fetch_page(reader, token).await?;
    }
}

/// Every alarm of the region as it is now, without its mutes.
pub(super) async fn fetch_all(reader: &Reader<'_>) -> Result<Vec<Alarm>, ProviderError> {
    let mut pages = Pages::new(ALARMS, reader.scope);
    let (mut token, mut out) = (None, Vec::new());
    loop {
        let answer = fetch_page(reader, token).await?;
        out.extend(convert_alarms(&answer, reader.scope));
        token = pages.next(answer.next_token())?;
        if token.is_none() {
            return Ok(out);
        }
    }
}

/// These alarms by name as they are now, without their mutes. One that is gone is left out.
pub(super) async fn fetch_named(reader: &Reader<'_>, names: &[String]) -> Result<Vec<Alarm>, ProviderError> {
    let mut out = Vec::new();
    for batch in names.chunks(PAGE as usize) {
        let request = of_every_type(reader).set_alarm_names(Some(batch.to_vec())).max_records(PAGE);
        let answer = request.send().await.map_err(reader.error(ALARMS))?;
        out.extend(convert_alarms(&answer, reader.scope));
    }
    Ok(out)
}

/// One alarm with what mutes it, for an operation. `None`: there is no such alarm.
pub(super) async fn fetch_alarm(reader: &Reader<'_>, name: &str) -> Result<Option<Alarm>, ProviderError> {
    let names = [name.to_owned()];
    let (found, mutes) = tokio::join!(fetch_named(reader, &names), mutes::fetch_of(reader, name));
    let Some(mut alarm) = found?.into_iter().find(|a| name_of(a.id.native()) == name) else { return Ok(None) };
    mutes::apply_mutes(&mut alarm, &mutes?);
    Ok(Some(alarm))
}

async fn fetch_page(reader: &Reader<'_>, token: Option<String>) -> Result<DescribeAlarmsOutput, ProviderError> {
    of_every_type(reader).max_records(PAGE).set_next_token(token).send().await.map_err(reader.error(ALARMS))
}

/// Without the types, the service lists metric alarms only.
fn of_every_type(reader: &Reader<'_>) -> DescribeAlarmsFluentBuilder {
    let request = reader.clients.cloudwatch.describe_alarms();
    request.alarm_types(AlarmType::MetricAlarm).alarm_types(AlarmType::CompositeAlarm).alarm_types(AlarmType::LogAlarm)
}

fn convert_alarms(answer: &DescribeAlarmsOutput, scope: &Scope) -> Vec<Alarm> {
    (answer.metric_alarms().iter().filter_map(|a| convert_metric(a, scope)))
        .chain(answer.composite_alarms().iter().filter_map(|a| convert_composite(a, scope)))
        .chain(answer.log_alarms().iter().filter_map(|a| convert_log(a, scope)))
        .collect()
}
