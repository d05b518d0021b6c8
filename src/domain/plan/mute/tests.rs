//! Which alarms may be kept quiet, and until when.

use std::sync::Arc;

use super::super::fixture::{group, id, snapshot};
use super::super::{GuardRules, make, moved_alarm};
use super::*;
use crate::domain::snapshot::Judged;
use crate::domain::{Kind, Now, PolicyKind, ScalingPolicy, Snapshot};

const NOW: Now = Now::new(jiff::Timestamp::constant(1_795_132_800, 0), Duration::ZERO);

fn at(minutes: u64) -> Timestamp {
    Now::at(minutes * 60).wall
}

fn alarm(name: &str) -> Alarm {
    Alarm {
        id: id(Kind::Alarm, name),
        name: Label::new(name),
        kind: Label::new("metric"),
        state: AlarmState::Ok,
        reason: Label::default(),
        since: None,
        actions_enabled: true,
        drives_scaling: false,
        dimensions: vec![],
        condition: None,
        muted: vec![],
        about: None,
    }
}

fn picture(alarm: &Alarm) -> Snapshot {
    let judged = Arc::new(Judged { item: alarm.clone(), assessment: crate::domain::Assessment::default() });
    Snapshot { alarms: vec![judged], ..snapshot(&group(6)) }
}

fn ask(picture: &Snapshot, until: Option<Timestamp>) -> Result<Plan, PlanError> {
    let alarm = picture.alarms[0].item.id.clone();
    make::plan(picture, &Request::Mute(MuteRequest { alarm, until }), &GuardRules::default(), NOW)
}

#[test]
fn a_mute_has_an_end_and_one_rule_whose_end_can_move() {
    let quiet = picture(&alarm("portal-5xx"));
    let plan = ask(&quiet, Some(at(30))).unwrap();
    let [Call::MuteAlarm { rule, until, .. }] = plan.calls.as_slice() else { panic!("{:?}", plan.calls) };
    assert!(rule.starts_with("pilothouse-mute-portal-5xx-"), "{rule}");
    assert_eq!(*until, at(30));
    assert_eq!(plan.inverse, Inverse::Request(Box::new(Request::Mute(MuteRequest { alarm: plan.target.clone(), until: None }))));

    let muted = Alarm { muted: vec![(Label::new(rule), Some(at(30)))], ..alarm("portal-5xx") };
    assert_eq!(moved_alarm(&plan, &muted).len(), 1, "somebody muted it meanwhile");
    let longer = ask(&picture(&muted), Some(at(90))).unwrap();
    let [Call::MuteAlarm { rule: again, .. }] = longer.calls.as_slice() else { panic!() };
    assert_eq!(again, rule);
    assert_eq!(longer.inverse, Inverse::Request(Box::new(Request::Mute(MuteRequest { alarm: plan.target.clone(), until: Some(at(30)) }))));
    let ended = ask(&picture(&muted), None).unwrap();
    assert_eq!(ended.calls, [Call::UnmuteAlarm { alarm: plan.target.clone(), rule: rule.clone() }]);
    assert_ne!(rule_of(&alarm("portal 5xx")), rule_of(&alarm("portal-5xx")), "like names are not the same alarm");
}

#[test]
fn what_drives_scaling_is_never_muted() {
    let driving = Alarm { drives_scaling: true, ..alarm("TargetTracking-portal") };
    assert!(ask(&picture(&driving), Some(at(30))).unwrap_err().to_string().contains("drives scaling"));
    // The alarm itself does not say, but a policy names it.
    let mut named = picture(&alarm("portal-cpu-high"));
    let mut g = group(6);
    let kind = PolicyKind::Step { adjustment: Label::new("+1") };
    g.policies = Some(vec![ScalingPolicy { name: "up".into(), enabled: true, kind, alarms: vec!["portal-cpu-high".into()] }]);
    named.groups = snapshot(&g).groups;
    assert!(ask(&named, Some(at(30))).unwrap_err().to_string().contains("drives the policy up of portal"));
}

#[test]
fn ends_must_lie_ahead_and_only_our_own_rules_are_ended() {
    let theirs = Alarm { muted: vec![("night-shift".into(), Some(at(60)))], ..alarm("portal-5xx") };
    let past = Alarm { muted: vec![("pilothouse-mute-x".into(), Some(NOW.wall))], ..alarm("portal-5xx") };
    for (alarm, until, want) in [
        (alarm("portal-5xx"), Some(NOW.wall), "has ended already"),
        (alarm("portal-5xx"), None, "is not muted"),
        (past, None, "is not muted"),
        (theirs, None, "muted by night-shift, which is not ours to end"),
    ] {
        let why = ask(&picture(&alarm), until).unwrap_err().to_string();
        assert!(why.contains(want), "{why}");
    }
    let firing = Alarm { state: AlarmState::Firing, ..alarm("portal-5xx") };
    let plan = ask(&picture(&firing), Some(at(60 * 48))).unwrap();
    let warned: Vec<&str> = plan.impact.notes.iter().filter(|n| n.verdict == Verdict::Warning).map(|n| &*n.text).collect();
    assert_eq!(warned, ["it is firing: nobody is told how it goes on", "nobody hears of it for 48 h"]);
}
