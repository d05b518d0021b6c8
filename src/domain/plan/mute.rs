//! Keeping an alarm quiet until a set time. Never one that drives scaling: that would switch the scaling off behind its back.

use std::time::Duration;

use jiff::Timestamp;

use super::super::alarm::{Alarm, AlarmState};
use super::super::label::Label;
use super::super::verdict::Verdict;
use super::notes::{note, roughly, worst_first};
use super::precondition::Precondition;
use super::request::MuteRequest;
use super::scale::PlanError;
use super::setting::{Setting, listed};
use super::{Call, Impact, ImpactNote, Inverse, Plan, Request};

/// Rules of ours begin with this, so that only these are ever ended.
const OURS: &str = "pilothouse-mute-";

/// Beyond, a mute is forgotten.
const LONG: Duration = Duration::from_hours(24);

pub(super) fn plan(s: Setting<'_>, request: &MuteRequest) -> Result<Plan, PlanError> {
    let impossible = |why: String| PlanError::NotPossible(why);
    let alarm = &s.snapshot.alarm(&request.alarm).ok_or_else(|| impossible("the alarm is no longer there".to_owned()))?.item;
    let name = &alarm.name;
    let open: Vec<&(Label, Option<Timestamp>)> = alarm.muted.iter().filter(|(_, until)| until.is_none_or(|u| u > s.now.wall)).collect();
    let ours: Vec<&(Label, Option<Timestamp>)> = open.iter().copied().filter(|(rule, _)| rule.starts_with(OURS)).collect();
    let mut notes = Vec::new();
    let (calls, title, after) = match request.until {
        Some(until) => {
            if let Some(why) = drives(s, alarm) {
                return Err(impossible(format!(
                    "{name} {why}: muting it would switch that off; suspend AlarmNotification of the group instead"
                )));
            }
            if until <= s.now.wall {
                return Err(impossible(format!("a mute that ends {} has ended already", shown(until))));
            }
            muting(s, alarm, until, &mut notes);
            let call = Call::MuteAlarm { alarm: alarm.id.clone(), rule: rule_of(alarm), until };
            (vec![call], format!("Mute {name} until {}", shown(until)), format!("until {}", shown(until)))
        }
        None if open.is_empty() => return Err(impossible(format!("nothing would change: {name} is not muted"))),
        None if ours.is_empty() => {
            let rules: Vec<Label> = open.iter().map(|(rule, _)| rule.clone()).collect();
            return Err(impossible(format!("{name} is muted by {}, which is not ours to end", listed(&rules))));
        }
        None => {
            if ours.len() < open.len() {
                notes.push(note(Verdict::Warning, "rules of others keep it muted all the same"));
            }
            if alarm.state == AlarmState::Firing {
                notes.push(note(Verdict::Warning, "it is firing: its actions may run at once"));
            }
            let end = |rule: &Label| Call::UnmuteAlarm { alarm: alarm.id.clone(), rule: rule.to_string() };
            (ours.iter().map(|(rule, _)| end(rule)).collect(), format!("Unmute {name}"), "no".to_owned())
        }
    };
    let before = ours.iter().filter_map(|(_, until)| *until).max();
    let inverse = match (request.until, before) {
        // A longer mute goes back to the shorter one, an ended one is set again; the first mute of all is ended.
        (Some(_), until) => Inverse::Request(Box::new(Request::Mute(MuteRequest { until, ..request.clone() }))),
        (None, Some(until)) => Inverse::Request(Box::new(Request::Mute(MuteRequest { until: Some(until), ..request.clone() }))),
        (None, None) => Inverse::None(Label::new("it was muted without an end, which is not set from here")),
    };
    let now = match open.as_slice() {
        [] => "no".to_owned(),
        [(rule, until), ..] => until.map_or_else(|| format!("without end, by {rule}"), |u| format!("until {}", shown(u))),
    };
    let changes = vec![(Label::new("muted"), Label::new(now), Label::new(after))];
    Ok(Plan {
        target: alarm.id.clone(),
        name: name.clone(),
        title: Label::new(title),
        calls,
        preconditions: vec![Precondition::of_alarm(alarm)],
        impact: Impact { notes: worst_first(notes), changes, ..Impact::default() },
        confirmation: s.confirmation(name, false),
        inverse,
        request: Request::Mute(request.clone()),
    })
}

fn shown(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn muting(s: Setting<'_>, alarm: &Alarm, until: Timestamp, notes: &mut Vec<ImpactNote>) {
    match &alarm.state {
        AlarmState::Firing => notes.push(note(Verdict::Warning, "it is firing: nobody is told how it goes on")),
        AlarmState::NoData => notes.push(note(Verdict::Notice, "it has no data: whether it would fire is not known")),
        AlarmState::Ok | AlarmState::Other(_) => {}
    }
    if !alarm.actions_enabled {
        notes.push(note(Verdict::Notice, "its actions are switched off already: it tells nobody anyway"));
    }
    let length = Duration::try_from(until.duration_since(s.now.wall)).unwrap_or_default();
    let verdict = if length > LONG { Verdict::Warning } else { Verdict::Notice };
    notes.push(note(verdict, format!("nobody hears of it for {}", roughly(length))));
}

/// Why an alarm drives scaling, if it does: the cloud says so, or a policy names it.
fn drives(s: Setting<'_>, alarm: &Alarm) -> Option<String> {
    let named = s.snapshot.groups.iter().filter(|g| g.item.id.scope == alarm.id.scope).find_map(|g| {
        let policy = g.item.policies.iter().flatten().find(|p| p.alarms.contains(&alarm.name))?;
        Some(format!("drives the policy {} of {}", policy.name, g.item.name))
    });
    named.or_else(|| alarm.drives_scaling.then(|| "drives scaling".to_owned()))
}

/// One rule per alarm, told from those of alarms with like names: muting again moves its end.
fn rule_of(alarm: &Alarm) -> String {
    let mut name: String = alarm.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(80).collect();
    name = name.trim_matches('-').to_owned();
    // FNV-1a: stable over versions and machines, which hashers of the standard library do not promise.
    let hash = alarm.id.native().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    format!("{OURS}{name}-{:08x}", hash as u32)
}

#[cfg(test)]
mod tests;
