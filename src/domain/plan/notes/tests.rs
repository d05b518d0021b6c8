//! What the card must warn of, and when it must keep quiet.

use std::time::Duration;

use super::super::fixture::{group, member_id, snapshot};
use super::super::{GuardRules, Plan, ScaleRequest, plan_scale};
use super::*;
use crate::domain::{
    Activity, Failure, FailureKind, Owner, PolicyKind, Rollout, ScalingPolicy, ScheduledAction, SourceKey, SourceKind, SourceState, Status,
    SuspendedProcess,
};

const NOW: Now = Now::new(jiff::Timestamp::constant(1_795_132_800 + 10_000, 0), Duration::from_secs(10_000));

fn at(seconds: u64) -> jiff::Timestamp {
    Now::at(seconds).wall
}

fn card(group: &Group, request: &ScaleRequest) -> Plan {
    plan_scale(&snapshot(group), request, &GuardRules::default(), NOW).unwrap()
}

fn said(plan: &Plan) -> Vec<(Verdict, String)> {
    plan.impact.notes.iter().map(|n| (n.verdict, n.text.to_string())).collect()
}

/// Going to `desired`, the card says exactly this with that verdict.
fn says(group: &Group, desired: u32, verdict: Verdict, text: &str) {
    let notes = said(&card(group, &ScaleRequest::to(&group.id, desired)));
    assert!(notes.iter().any(|n| *n == (verdict, text.to_owned())), "{notes:#?}\nlacks {verdict:?} {text}");
}

/// Going to `desired`, nothing on the card contains these words.
fn silent(group: &Group, desired: u32, words: &str) {
    let notes = said(&card(group, &ScaleRequest::to(&group.id, desired)));
    assert!(!notes.iter().any(|(_, text)| text.contains(words)), "{notes:#?}");
}

fn activity(id: &str, status: Status, description: &str, ended: Option<u64>) -> Activity {
    Activity {
        id: Label::new(id),
        status,
        description: Label::new(description),
        cause: Label::default(),
        message: None,
        started: Some(at(1)),
        ended: ended.map(at),
        progress: Some(40),
    }
}

fn policy(kind: PolicyKind) -> Vec<ScalingPolicy> {
    vec![ScalingPolicy { name: Label::new("hold"), enabled: true, kind, alarms: vec![] }]
}

fn tracking(metric: &str, target: f64, scale_in: bool) -> Vec<ScalingPolicy> {
    policy(PolicyKind::TargetTracking { metric: Label::new(metric), target, scale_in })
}

#[test]
fn a_calm_group_has_a_calm_card() {
    assert_eq!(said(&card(&group(6), &ScaleRequest::to(&group(6).id, 8))), [(Verdict::Ok, "new members serve in about 60 s".to_owned())]);
    assert_eq!(said(&card(&group(6), &ScaleRequest::to(&group(6).id, 5))), []);
}

#[test]
fn what_was_not_read_is_said_to_be_unknown() {
    let mut g = group(6);
    (g.activities, g.policies, g.schedules) = (None, None, None);
    says(&g, 8, Verdict::Unknown, "open activities are not known: not read yet");
    says(&g, 8, Verdict::Unknown, "scaling policies are not known: not read yet");
    says(&g, 8, Verdict::Unknown, "schedules are not known: not read yet");
}

#[test]
fn policies_that_fight_back_are_named() {
    let mut g = group(6);
    g.policies = Some(tracking("ASGAverageCPUUtilization", 55.0, true));
    says(&g, 8, Verdict::Warning, "cpu policy (target 55 %) may take these two back");
    says(&g, 5, Verdict::Warning, "cpu policy (target 55 %) may add this one back");
    g.policies = Some(tracking("ALBRequestCountPerTarget", 100.0, false));
    silent(&g, 8, "back");
    says(&g, 5, Verdict::Warning, "requests-per-target policy (target 100) may add this one back");
    g.policies = Some(policy(PolicyKind::Step { adjustment: Label::new("-1") }));
    says(&g, 8, Verdict::Warning, "policy hold (steps -1 on alarm) may take these two back");
    silent(&g, 5, "back");
    g.policies = Some(policy(PolicyKind::Predictive));
    silent(&g, 8, "back");
    g.policies.iter_mut().flatten().for_each(|p| p.enabled = false);
    silent(&g, 5, "back");
}

#[test]
fn suspended_processes_say_what_they_break_for_this_change() {
    let suspend = |g: &mut Group, name: &str| g.suspended = vec![SuspendedProcess { name: Label::new(name), reason: Label::new("kim") }];
    let mut g = group(6);
    g.policies = Some(tracking("ASGAverageCPUUtilization", 55.0, true));
    suspend(&mut g, "Launch");
    says(&g, 8, Verdict::Warning, "Launch is suspended (kim): nothing can be launched: desired would rise, but nobody would come");
    suspend(&mut g, "Terminate");
    says(
        &g,
        5,
        Verdict::Warning,
        "Terminate is suspended (kim): nobody can be taken out by the group: desired would fall, but nobody would go",
    );
    suspend(&mut g, "AddToLoadBalancer");
    g.pools = vec![super::super::fixture::pool_id()];
    says(
        &g,
        8,
        Verdict::Warning,
        "AddToLoadBalancer is suspended (kim): new members are not registered with their balancer, not even later",
    );
    suspend(&mut g, "AlarmNotification");
    says(&g, 8, Verdict::Notice, "AlarmNotification is suspended (kim): policies driven by alarms are off");
    silent(&g, 8, "take these two back");
    suspend(&mut g, "TomorrowsProcess");
    says(&g, 8, Verdict::Unknown, "TomorrowsProcess is suspended (kim): what that breaks is not known here");
}

#[test]
fn a_schedule_about_to_fire_is_named() {
    let mut g = group(6);
    let action = |next: u64, desired| ScheduledAction {
        name: Label::new("nightly"),
        next: Some(at(next)),
        recurrence: None,
        zone: None,
        min: None,
        max: None,
        desired: Some(desired),
    };
    g.schedules = Some(vec![action(10_720, 2)]);
    says(&g, 8, Verdict::Warning, "schedule nightly sets desired 2 in 12 min");
    g.schedules = Some(vec![action(10_720, 8)]);
    silent(&g, 8, "schedule nightly");
    g.schedules = Some(vec![action(14_000, 2), action(9_000, 2)]);
    silent(&g, 8, "schedule nightly");
}

#[test]
fn open_activities_and_cooldowns_block_only_who_asks_for_it() {
    let mut g = group(6);
    g.cooldown = Some(Duration::from_mins(5));
    g.activities = Some(vec![
        activity("a", Status::moving("InProgress"), "Launching i-1", None),
        activity("b", Status::good("Successful"), "Terminating i-2", Some(9_880)),
    ]);
    says(&g, 8, Verdict::Notice, "open activity: Launching i-1 (InProgress, 40 %)");
    says(&g, 8, Verdict::Notice, "the cooldown runs 3 min more; this change does not wait for it");
    let honoured = said(&card(&g, &ScaleRequest { honor_cooldown: true, ..ScaleRequest::to(&g.id, 8) }));
    for text in [
        "open activity: Launching i-1 (InProgress, 40 %): the cloud will refuse until it ends",
        "the cooldown runs 3 min more: the cloud will refuse until it ends",
    ] {
        assert!(honoured.contains(&(Verdict::Warning, text.to_owned())), "{honoured:#?}");
    }
    g.activities = Some((0..5).map(|n| activity(&n.to_string(), Status::moving("InProgress"), "Launching", None)).collect());
    says(&g, 8, Verdict::Notice, "and 2 more open activities");
}

#[test]
fn owners_rollouts_and_odd_states_are_named() {
    let mut g = group(6);
    g.owner = Some(Owner { tool: Label::new("terraform"), exclusive: false });
    says(&g, 8, Verdict::Notice, "owned by terraform: desired drifts from what it declares, its next run may set it back");
    let bounds = said(&card(&g, &ScaleRequest { max: Some(20), ..ScaleRequest::to(&g.id, 8) }));
    assert!(bounds.contains(&(Verdict::Warning, "owned by terraform: its next run sets the bounds back".to_owned())), "{bounds:#?}");
    g.owner = Some(Owner { tool: Label::new("eks"), exclusive: true });
    says(&g, 8, Verdict::Critical, "only eks may change this group");
    g.status = Some(Status::moving("Delete in progress"));
    says(&g, 8, Verdict::Warning, "the group says: Delete in progress");
    g.rollout = Some(Rollout { status: Status::moving("InProgress"), percent: Some(50), ..Rollout::default() });
    says(&g, 8, Verdict::Warning, "an instance refresh is under way at 50 % (InProgress)");
    g.weighted = true;
    says(&g, 8, Verdict::Warning, "capacity counts units of weight, not members: it may exceed the maximum by the largest weight");
}

#[test]
fn members_that_stand_apart_are_counted_out_loud() {
    let mut g = group(6);
    g.members[0].lifecycle = Status::parked("Standby");
    g.members[1].protected = true;
    says(&g, 5, Verdict::Notice, "1 in standby: not counted, left alone");
    says(&g, 5, Verdict::Notice, "desired is 6, but 5 members are there: a change is still under way");
    says(&g, 5, Verdict::Notice, "1 of 5 are protected from scale-in and stay");
    g.members.iter_mut().for_each(|m| m.protected = true);
    says(&g, 4, Verdict::Warning, "all members are protected from scale-in: desired would fall, but nobody would go");
    g.members[5].protected = false;
    says(&g, 4, Verdict::Warning, "4 are protected from scale-in: only 1 can go");
    g.protects_new = true;
    says(&g, 8, Verdict::Notice, "new members start protected from scale-in");
    let chosen = said(&card(&g, &ScaleRequest { victims: vec![member_id(2)], ..ScaleRequest::to(&g.id, 5) }));
    let warning = (Verdict::Warning, "1 chosen are protected from scale-in: going by id, they go all the same".to_owned());
    assert!(chosen.contains(&warning), "{chosen:#?}");
}

#[test]
fn a_policy_that_would_throw_the_new_version_away_is_called_out() {
    let mut g = group(6);
    g.version_wanted = Some(Label::new("v42"));
    g.members[4].version = Some(Label::new("v42"));
    g.members[5].version = Some(Label::new("v42"));
    g.termination_policies = vec![Label::new("NewestInstance")];
    says(&g, 5, Verdict::Warning, "members on the wanted version v42 may go while older ones stay");
    g.termination_policies = vec![Label::new("OldestInstance")];
    silent(&g, 5, "wanted version");
}

#[test]
fn emptying_a_group_is_said_in_words() {
    let mut g = group(1);
    g.min = Some(0);
    says(&g, 0, Verdict::Warning, "nobody is left to serve");
}

#[test]
fn an_old_picture_is_said_to_be_old() {
    let g = group(6);
    let key = SourceKey { scope: g.id.scope.clone(), kind: SourceKind::Groups };
    let mut picture = snapshot(&g);
    let mut state = SourceState::new(key.clone(), Duration::from_secs(10));
    state.rows = 1;
    let mut text = |state: &SourceState| {
        picture.sources.insert(key.clone(), state.clone());
        let plan = plan_scale(&picture, &ScaleRequest::to(&g.id, 8), &GuardRules::default(), NOW).unwrap();
        said(&plan)
    };
    state.read_at = Some(Now::at(9_998));
    assert!(!text(&state).iter().any(|(_, t)| t.contains("groups")), "a live picture needs no word");
    state.read_at = Some(Now::at(9_000));
    state.failure = Some(Failure {
        kind: FailureKind::Throttled,
        operation: Label::default(),
        message: Label::default(),
        since: NOW,
        attempts: 1,
        next_try: None,
    });
    let stale = (Verdict::Warning, "groups as of 16m ago: it is read again before anything is sent".to_owned());
    assert!(text(&state).contains(&stale));
}

#[test]
fn the_worst_comes_first() {
    let mut g = group(6);
    g.policies = Some(tracking("ASGAverageCPUUtilization", 55.0, true));
    g.protects_new = true;
    let verdicts: Vec<_> = said(&card(&g, &ScaleRequest::to(&g.id, 8))).into_iter().map(|n| n.0).collect();
    assert_eq!(verdicts, [Verdict::Warning, Verdict::Notice, Verdict::Ok]);
}

#[test]
fn few_are_spelled_out_and_times_are_rounded() {
    assert_eq!([1, 2, 9, 10].map(these), ["this one", "these two", "these nine", "these 10"]);
    for (seconds, want) in [(40, "40 s"), (90, "90 s"), (100, "2 min"), (3_600, "60 min"), (7_200, "2 h")] {
        assert_eq!(roughly(Duration::from_secs(seconds)), want);
    }
}
