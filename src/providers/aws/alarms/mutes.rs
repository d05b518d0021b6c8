//! Mute rules: which alarms' actions do not run at present, by which rule, and until when.
//!
//! The list of rules names neither alarms nor ends, so each rule is asked for once and again when it was updated.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_sdk_cloudwatch::operation::get_alarm_mute_rule::GetAlarmMuteRuleOutput;
use aws_sdk_cloudwatch::types::{AlarmMuteRuleStatus, AlarmMuteRuleSummary, Schedule};
use futures_util::stream::{self, StreamExt};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::domain::{Alarm, FailureKind, Label};
use crate::providers::ProviderError;
use crate::providers::aws::gaps::or_gap;
use crate::providers::aws::paging::Pages;
use crate::providers::aws::reader::Reader;
use crate::providers::aws::time::convert_time;

use super::name_of;

const LIST: &str = "cloudwatch:ListAlarmMuteRules";
const GET: &str = "cloudwatch:GetAlarmMuteRule";
const PAGE: i32 = 100;
const AT_ONCE: usize = 4;
/// The service takes a moment to call a rule active that has just begun.
const BEGINS: i64 = 60;

/// A rule as far as it matters here.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MuteRule {
    name: Label,
    /// Names of the alarms it mutes; empty means all of them.
    alarms: Vec<String>,
    begin: Option<Timestamp>,
    /// `None` for one that comes again and again.
    end: Option<Timestamp>,
}

/// Rules as last asked for, by ARN, with the time of their update.
#[derive(Debug, Default)]
pub(in crate::providers::aws) struct Known(Mutex<HashMap<String, (Option<Timestamp>, MuteRule)>>);

impl Known {
    fn get(&self, arn: &str, updated: Option<Timestamp>) -> Option<MuteRule> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Without a time of update nobody can tell whether it is still so.
        known.get(arn).filter(|(at, _)| updated.is_some() && *at == updated).map(|(_, rule)| rule.clone())
    }

    fn keep(&self, rules: &[(String, Option<Timestamp>, MuteRule)]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(rules.iter().map(|(arn, at, rule)| (arn.clone(), (*at, rule.clone()))));
    }

    fn retain(&self, summaries: &[AlarmMuteRuleSummary]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|arn, _| summaries.iter().any(|s| s.alarm_mute_rule_arn() == Some(arn)));
    }
}

/// The rules that mute now, of the whole region. An endpoint without the call is a gap, and not asked again for a while.
pub(super) async fn fetch_all(reader: &Reader<'_>, gaps: &mut Vec<Label>, calls: &mut u32) -> Result<Vec<MuteRule>, ProviderError> {
    if reader.memory.lacks(LIST) {
        gaps.push(Label::new(format!("mutes of alarms ({LIST})")));
        return Ok(Vec::new());
    }
    let rules = match or_gap(fetch(reader, None, calls).await, gaps)? {
        Some(rules) => rules,
        None => {
            reader.memory.note_lack(LIST);
            Vec::new()
        }
    };
    Ok(rules)
}

/// The rules that mute this alarm now, for an operation: none where mute rules are not known at all.
pub(super) async fn fetch_of(reader: &Reader<'_>, alarm: &str) -> Result<Vec<MuteRule>, ProviderError> {
    match fetch(reader, Some(alarm), &mut 0).await {
        Err(error) if error.kind == FailureKind::Unsupported => Ok(Vec::new()),
        answer => answer,
    }
}

/// Notes the rules on the alarms they mute.
pub(super) fn apply_mutes(alarm: &mut Alarm, rules: &[MuteRule]) {
    let name = name_of(alarm.id.native());
    let ours = rules.iter().filter(|r| r.alarms.is_empty() || r.alarms.iter().any(|a| a == name));
    alarm.muted = ours.map(|r| (r.name.clone(), r.end)).collect();
}

async fn fetch(reader: &Reader<'_>, alarm: Option<&str>, calls: &mut u32) -> Result<Vec<MuteRule>, ProviderError> {
    let now = (reader.clock)().wall;
    let mut pages = Pages::new(LIST, reader.scope);
    let (mut token, mut summaries) = (None, Vec::new());
    loop {
        *calls += 1;
        let request = reader
            .clients
            .cloudwatch
            .list_alarm_mute_rules()
            .set_alarm_name(alarm.map(str::to_owned))
            .statuses(AlarmMuteRuleStatus::Active)
            .statuses(AlarmMuteRuleStatus::Scheduled)
            .max_records(PAGE)
            .set_next_token(token);
        let answer = request.send().await.map_err(reader.error(LIST))?;
        token = pages.next(answer.next_token())?;
        summaries.extend(answer.alarm_mute_rule_summaries.unwrap_or_default());
        if token.is_none() {
            break;
        }
    }
    let known = &reader.memory.mutes;
    if alarm.is_none() {
        known.retain(&summaries);
    }
    let mut out = Vec::new();
    let mut unknown = Vec::new();
    for summary in &summaries {
        let (Some(arn), updated) = (summary.alarm_mute_rule_arn(), summary.last_updated_timestamp().and_then(convert_time)) else {
            continue;
        };
        match known.get(arn, updated) {
            Some(rule) => out.push((is_active(summary), rule)),
            None => unknown.push((arn.to_owned(), updated, is_active(summary))),
        }
    }
    *calls += unknown.len() as u32;
    let asked: Vec<_> = unknown
        .into_iter()
        .map(|(arn, updated, active)| async move {
            let answer = reader.clients.cloudwatch.get_alarm_mute_rule().alarm_mute_rule_name(rule_name(&arn)).send().await;
            (arn, updated, active, answer.map_err(reader.error(GET)))
        })
        .collect();
    let asked: Vec<_> = stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
    let mut fresh = Vec::new();
    for (arn, updated, active, answer) in asked {
        match answer {
            Ok(answer) => {
                let rule = convert_rule(&arn, &answer);
                out.push((active, rule.clone()));
                fresh.push((arn, updated, rule));
            }
            // Deleted since it was listed.
            Err(error) if error.kind == FailureKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    known.keep(&fresh);
    let mut rules: Vec<MuteRule> = out.into_iter().filter(|(active, r)| mutes_now(*active, r, now)).map(|(_, r)| r).collect();
    rules.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(rules)
}

fn is_active(summary: &AlarmMuteRuleSummary) -> bool {
    summary.status() == Some(&AlarmMuteRuleStatus::Active)
}

fn mutes_now(active: bool, rule: &MuteRule, now: Timestamp) -> bool {
    let is_over = rule.end.is_some_and(|end| end <= now);
    let begins = rule.begin.is_some_and(|begin| begin.as_second() <= now.as_second() + BEGINS);
    !is_over && (active || begins)
}

/// `arn:aws:cloudwatch:eu-central-1:111122223333:alarm-mute-rule:NAME`, also with a slash before the name.
fn rule_name(arn: &str) -> &str {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    resource.split_once([':', '/']).map_or(resource, |(_, name)| name)
}

fn convert_rule(arn: &str, sdk: &GetAlarmMuteRuleOutput) -> MuteRule {
    let (begin, end) = sdk.rule().and_then(|r| r.schedule()).and_then(convert_window).unzip();
    let expires = sdk.expire_date().and_then(convert_time);
    MuteRule {
        name: Label::new(sdk.name().unwrap_or(rule_name(arn))),
        alarms: sdk.mute_targets().map_or(&[][..], |t| t.alarm_names()).to_vec(),
        begin,
        // One that recurs goes on until somebody ends it, or until it expires; its present window is the service's to know.
        end: end.map(|end| expires.map_or(end, |expires| end.min(expires))),
    }
}

/// Begin and end of a window that comes once: `at(2026-11-20T03:12)` for `PT4H`. `None` for one that recurs.
fn convert_window(schedule: &Schedule) -> Option<(Timestamp, Timestamp)> {
    let at: DateTime = schedule.expression()?.strip_prefix("at(")?.strip_suffix(')')?.parse().ok()?;
    let zone = match schedule.timezone().filter(|z| !z.is_empty()) {
        None | Some("UTC") => TimeZone::UTC,
        Some(name) => TimeZone::get(name).ok()?,
    };
    let begin = at.to_zoned(zone).ok()?;
    let length: Span = schedule.duration()?.parse().ok()?;
    let end = begin.checked_add(length).ok()?;
    Some((begin.timestamp(), end.timestamp()))
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudwatch::types::{MuteTargets, Rule};

    use super::*;
    use crate::providers::aws::time::to_sdk_time;

    const ARN: &str = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm-mute-rule:night: quiet";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn rule(expression: &str, duration: &str, zone: Option<&str>, expires: Option<&str>) -> MuteRule {
        let schedule = Schedule::builder().expression(expression).duration(duration).set_timezone(zone.map(str::to_owned)).build();
        let sdk = GetAlarmMuteRuleOutput::builder()
            .rule(Rule::builder().schedule(schedule).build())
            .mute_targets(MuteTargets::builder().alarm_names("portal-5xx").build())
            .set_expire_date(expires.map(|e| to_sdk_time(at(e))))
            .build();
        convert_rule(ARN, &sdk)
    }

    #[test]
    fn windows_end_when_they_say_or_when_the_rule_does() {
        for (expression, duration, zone, expires, end) in [
            ("at(2026-11-20T03:12)", "PT90M", None, None, Some("2026-11-20T04:42:00Z")),
            ("at(2026-11-20T03:12)", "P2DT12H", Some("UTC"), None, Some("2026-11-22T15:12:00Z")),
            ("at(2026-11-20T03:12)", "PT1H", Some("Europe/Berlin"), None, Some("2026-11-20T03:12:00Z")),
            ("at(2026-11-20T03:12)", "PT10M", None, Some("2026-11-20T03:21:30Z"), Some("2026-11-20T03:21:30Z")),
            ("at(2026-11-20T03:12)", "PT10M", None, Some("2026-12-01T00:00:00Z"), Some("2026-11-20T03:22:00Z")),
            ("cron(0 2 * * *)", "PT4H", None, Some("2026-12-01T00:00:00Z"), None),
            ("at(some day)", "PT4H", None, None, None),
            ("at(2026-11-20T03:12)", "a while", None, None, None),
        ] {
            assert_eq!(rule(expression, duration, zone, expires).end, end.map(at), "{expression} {duration}");
        }
        assert_eq!(rule("cron(0 2 * * *)", "PT4H", None, None).name.as_str(), "night: quiet", "names may hold colons");
    }

    #[test]
    fn what_is_over_or_still_to_come_mutes_nothing() {
        let rule = rule("at(2026-11-20T03:12)", "PT1H", None, None);
        for (now, active, want) in [
            ("2026-11-20T03:30:00Z", true, true),
            // The service lags behind its own clock.
            ("2026-11-20T03:12:05Z", false, true),
            ("2026-11-20T03:10:00Z", false, false),
            ("2026-11-20T04:12:00Z", true, false),
        ] {
            assert_eq!(mutes_now(active, &rule, at(now)), want, "{now}");
        }
    }
}
