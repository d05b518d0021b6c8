//! Alarms: firing, blind, muted.

use crate::domain::{Alarm, AlarmState, Assessment, Finding, SourceKind, Verdict};

use super::{Context, words};

pub fn assess(alarm: &Alarm, context: &Context<'_>) -> Assessment {
    let mut findings: Vec<Finding> = context.doubt(&alarm.id.scope, SourceKind::Alarms).into_iter().collect();
    let reason = if alarm.reason.is_empty() { String::new() } else { format!(": {}", words::first_sentence(&alarm.reason)) };
    match &alarm.state {
        AlarmState::Ok => {}
        // Half of a scaling policy's alarms fire whenever the load is low: that is their work.
        AlarmState::Firing if alarm.drives_scaling => {
            findings.push(Finding::new(Verdict::Notice, format!("firing, drives scaling{reason}")));
        }
        AlarmState::Firing => findings.push(Finding::new(Verdict::Warning, format!("firing{reason}"))),
        AlarmState::NoData => findings.push(Finding::new(Verdict::Unknown, format!("no data{reason}"))),
        AlarmState::Other(word) => findings.push(Finding::new(Verdict::Unknown, format!("state {word}"))),
    }
    if !alarm.actions_enabled {
        findings.push(Finding::new(Verdict::Notice, "its actions are switched off: it tells nobody"));
    }
    Assessment::of(findings)
}
