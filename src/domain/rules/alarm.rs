//! Alarms: firing, blind, muted.

use std::time::Duration;

use crate::domain::time::format_age;
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
    // An open mute has a row of its own, so that none is forgotten.
    match alarm.muted_until(context.now.wall) {
        Some(Some(until)) => {
            let left = format_age(Duration::try_from(until.duration_since(context.now.wall)).unwrap_or_default());
            findings.push(Finding::new(Verdict::Notice, format!("muted for another {left}: it tells nobody")));
        }
        Some(None) => findings.push(Finding::new(Verdict::Notice, "muted by a rule that comes again and again: it has no end")),
        None => {}
    }
    Assessment::of(findings)
}

#[cfg(test)]
mod tests {
    use crate::domain::Verdict::{Notice, Unknown, Warning};
    use crate::domain::rules::bench::{Bench, expect, expect_among, id};
    use crate::domain::{Alarm, AlarmState, Kind, Label};

    use super::assess;

    fn judge(state: AlarmState, change: impl FnOnce(&mut Alarm)) -> crate::domain::Assessment {
        let mut alarm = Alarm {
            id: id(Kind::Alarm, "5xx"),
            name: Label::new("5xx"),
            kind: Label::new("metric"),
            state,
            reason: Label::default(),
            since: None,
            actions_enabled: true,
            drives_scaling: false,
            dimensions: vec![],
            condition: None,
            muted: Vec::new(),
            about: None,
        };
        change(&mut alarm);
        assess(&alarm, &Bench::new().context())
    }

    #[test]
    fn states() {
        expect("ok", &judge(AlarmState::Ok, |_| {}), None);
        expect("firing", &judge(AlarmState::Firing, |a| a.reason = Label::new("37 > 5. Twice.")), Some((Warning, "firing: 37 > 5")));
        expect("scaling", &judge(AlarmState::Firing, |a| a.drives_scaling = true), Some((Notice, "firing, drives scaling")));
        expect("blind", &judge(AlarmState::NoData, |_| {}), Some((Unknown, "no data")));
        expect("odd", &judge(AlarmState::Other(Label::new("DREAMING")), |_| {}), Some((Unknown, "state DREAMING")));
    }

    #[test]
    fn a_muted_alarm_is_remarked_whatever_its_state() {
        let muted = "its actions are switched off: it tells nobody";
        expect("quiet", &judge(AlarmState::Ok, |a| a.actions_enabled = false), Some((Notice, muted)));
        expect_among("firing", &judge(AlarmState::Firing, |a| a.actions_enabled = false), (Notice, muted));
        let now = Bench::new().context().now.wall;
        let until = |minutes: i64| Some(now + jiff::SignedDuration::from_mins(minutes));
        for (rules, want) in [
            (vec![until(50)], Some("muted for another 50m: it tells nobody")),
            (vec![until(10), until(120)], Some("muted for another 2h: it tells nobody")),
            (vec![until(50), None], Some("muted by a rule that comes again and again: it has no end")),
            (vec![until(-1)], None),
        ] {
            let muted = rules.into_iter().map(|end| (Label::new("night"), end)).collect();
            expect("muted", &judge(AlarmState::Ok, |a| a.muted = muted), want.map(|words| (Notice, words)));
        }
    }
}
