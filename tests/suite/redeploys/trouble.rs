//! Redeploys in trouble: a throttled service, answers that are lost or no answers at all, credentials that end half-way, members that never
//! come up, others who change the group, and others who are at work on it.

use serde_json::json;

use crate::home::Home;
use crate::witness::Witness;

use super::{
    BORROWED, CREATE, DELETE, DEREGISTER, DESIRED, GROUP, MARK, OPERATOR, PROTECT, REFRESH, RESUME, SUSPEND, Shop, TERMINATE, UNMARK,
    WEIGHTS, run, set,
};

/// What an undisturbed surge of two members at once sends.
const SURGE: [(&str, usize); 8] =
    [(MARK, 1), (SUSPEND, 1), (DESIRED, 1), (PROTECT, 3), (DEREGISTER, 2), (TERMINATE, 2), (RESUME, 1), (UNMARK, 1)];

fn action(call: &str) -> &str {
    call.rsplit('.').next().unwrap_or(call)
}

#[test]
fn throttled_calls_and_reads_are_tried_again_later() {
    let shop = Shop::open("twins:2");
    let slow_down = |call: &str, skip: u32, times: u32| {
        json!({"key": OPERATOR, "action": action(call), "kind": "error", "status": 400, "code": "Throttling", "message": "Rate exceeded",
            "skip": skip, "times": times})
    };
    // Also in the middle of following: reads fail for a while.
    shop.backend.faults(&json!([
        slow_down(DESIRED, 0, 1),
        slow_down(TERMINATE, 0, 2),
        slow_down(RESUME, 0, 1),
        slow_down("autoscaling.DescribeAutoScalingGroups", 9, 4),
        slow_down("elasticloadbalancing.DescribeTargetHealth", 12, 4),
        json!({"key": OPERATOR, "action": "DescribeAutoScalingGroups", "kind": "html", "status": 502, "skip": 20, "times": 3}),
    ]));
    let done = shop.redeploy("surge-and-drain --batch 2", 0);
    assert_eq!(done["state"], "done", "{done}");
    shop.assert_redeployed();
    shop.assert_terminated_once(true);
    shop.assert_counts(&SURGE);
    assert_eq!(shop.tried().len(), shop.sent().len() + 4, "each refusal was tried again once: {:#?}", shop.tried());
}

#[test]
fn answers_lost_after_the_call_was_carried_out_are_found_out() {
    let shop = Shop::open("twins:2");
    // Every kind of loss, once for each kind of call.
    let lost = |call: &str, kind: &str| json!({"key": OPERATOR, "action": action(call), "kind": kind, "when": "after", "times": 1});
    shop.backend.faults(&json!([
        lost(MARK, "reset"),
        lost(SUSPEND, "html"),
        lost(DESIRED, "reset"),
        lost(PROTECT, "reset"),
        lost(DEREGISTER, "html"),
        lost(TERMINATE, "reset"),
        lost(RESUME, "reset"),
        lost(UNMARK, "html"),
    ]));
    let done = shop.redeploy("surge-and-drain --batch 2", 0);
    assert_eq!(done["state"], "done", "{done}");
    shop.assert_redeployed();
    shop.assert_terminated_once(true);
    shop.assert_counts(&SURGE);
    assert_eq!(shop.tried(), shop.sent(), "nothing was sent twice");
    let (journal, _) = shop.run("journal --export", 0);
    assert_eq!(journal.matches("\"found-done\"").count(), 8, "{journal}");
}

#[test]
fn a_second_group_whose_creation_was_not_answered_is_found_and_so_are_the_weights() {
    let shop = Shop::open("twins:2");
    let lost = |call: &str, kind: &str| json!({"key": OPERATOR, "action": action(call), "kind": kind, "when": "after", "times": 2});
    shop.backend.faults(&json!([lost(CREATE, "reset"), lost(WEIGHTS, "html"), lost(DELETE, "reset")]));
    let done = shop.redeploy("blue-green --steps 50,100 --pause 1s --bake 1s", 0);
    assert_eq!(done["state"], "done", "{done}");
    let gone = shop.document(&format!("retire {GROUP} --confirm {GROUP} --wait"), 0);
    assert_eq!(gone["operations"][0]["state"], "done", "{gone}");
    assert_eq!(shop.tried(), shop.sent(), "nothing was sent twice");
    shop.assert_counts(&[(MARK, 1), (SUSPEND, 1), (CREATE, 1), (WEIGHTS, 2), (RESUME, 1), (UNMARK, 1), (DELETE, 1)]);
    shop.assert_traffic(&shop.green);
    assert_eq!(shop.witness.group_names().into_iter().collect::<Vec<_>>(), [shop.twin()]);
}

#[test]
fn a_call_lost_on_its_way_is_sent_again_once_reading_shows_that_it_never_came() {
    let shop = Shop::open("twins:2");
    shop.backend.faults(&json!([{"key": OPERATOR, "action": action(TERMINATE), "kind": "reset", "when": "before", "times": 1}]));
    let done = shop.redeploy("surge-and-drain --batch 2", 0);
    assert_eq!(done["state"], "done", "{done}");
    shop.assert_redeployed();
    shop.assert_terminated_once(true);
    shop.assert_counts(&SURGE);
    assert_eq!(shop.tried().len(), shop.sent().len() + 1);
}

/// The start of a refresh is answered with a page of HTML, whether it was begun or not.
fn started_once(when: &str) {
    let shop = Shop::of_one_version("twins:2");
    shop.backend.faults(&json!([{"key": OPERATOR, "action": action(REFRESH), "kind": "html", "status": 500, "when": when, "times": 1}]));
    let done = shop.redeploy("native --min-healthy 100 --max-healthy 200 --to-version 2", 0);
    assert_eq!(done["state"], "done", "{done}");
    shop.assert_redeployed();
    shop.assert_counts(&[(MARK, 1), (REFRESH, 1), (UNMARK, 1)]);
    assert_eq!(shop.witness.refreshes(GROUP).len(), 1);
}

#[test]
fn a_refresh_that_began_with_a_page_of_html_is_not_started_again() {
    started_once("after");
}

#[test]
fn a_refresh_that_a_page_of_html_kept_from_beginning_is_started_again() {
    started_once("before");
}

#[test]
fn credentials_that_expire_half_way_stop_it_until_somebody_signs_in() {
    let mut shop = Shop::open("twins:2");
    let id = shop.begin("surge-and-drain --batch 2");
    shop.until_sent(DESIRED, 1);
    let expired = json!([{"key": OPERATOR, "kind": "error", "status": 403, "code": "ExpiredToken",
        "message": "The security token included in the request is expired"}]);
    shop.backend.faults(&expired);
    let still = shop.until(&id, "a stop", |o| o["state"] == "paused");
    let note = still["note"].as_str().expect("a note");
    assert!(note.contains("expired") && note.contains("sign in again"), "the remedy is said: {note}");
    let sent = shop.sent();

    // From a shell without new credentials nothing is gained, and nothing lost.
    let (_, stderr) = shop.run(&format!("ops resume {id}"), 1);
    assert!(stderr.contains("expired"), "{stderr}");
    let listed = shop.standing(&id);
    assert_eq!(listed["state"], "interrupted", "{listed}");
    assert_eq!(shop.sent(), sent, "nothing is sent without credentials");
    assert_eq!(shop.witness.see(GROUP).suspended, set(&BORROWED));

    shop.home.set("AWS_ACCESS_KEY_ID", &format!("{OPERATOR}-2"));
    let ended = shop.document(&format!("ops resume {id} --wait"), 0);
    assert_eq!(ended["operations"][0]["state"], "done", "{ended}");
    shop.assert_redeployed();
    shop.assert_terminated_once(true);
    shop.assert_counts(&SURGE);
}

#[test]
fn a_runner_that_is_locked_out_is_relieved_by_whoever_can_sign_in() {
    let mut shop = Shop::open("twins:2");
    let id = shop.begin("surge-and-drain --batch 2");
    shop.until_sent(PROTECT, 1);
    shop.backend.faults(&json!([{"key": OPERATOR, "kind": "error", "status": 403, "code": "ExpiredToken", "message": "expired"}]));
    shop.until(&id, "a stop", |o| o["state"] == "paused");
    shop.home.set("AWS_ACCESS_KEY_ID", &format!("{OPERATOR}-2"));
    // Its runner is still there, with the old ones.
    let ended = shop.document(&format!("ops rollback {id} --wait"), 4);
    assert_eq!(ended["operations"][0]["state"], "rolled-back", "{ended}");
    shop.assert_as_before();
}

#[test]
fn a_profile_that_signs_in_again_lets_it_go_on_by_itself() {
    let mut shop = Shop::open("twins:2");
    let keys = |key: &str| format!("[default]\naws_access_key_id = {key}\naws_secret_access_key = only-for-tests\n");
    shop.home.write(".aws/credentials", &keys(OPERATOR));
    shop.home.set("AWS_ACCESS_KEY_ID", "");
    shop.home.set("AWS_PROFILE", "default");
    let id = shop.begin("surge-and-drain --batch 2");
    shop.until_sent(DESIRED, 1);
    shop.backend.faults(&json!([{"key": OPERATOR, "kind": "error", "status": 403, "code": "ExpiredToken", "message": "expired"}]));
    shop.until(&id, "a stop", |o| o["state"] == "paused");
    shop.home.write(".aws/credentials", &keys(&format!("{OPERATOR}-2")));
    let ended = shop.document(&format!("ops wait {id}"), 0);
    assert_eq!(ended["operations"][0]["state"], "done", "{ended}");
    shop.assert_redeployed();
    shop.assert_counts(&SURGE);
}

#[test]
fn launches_that_fail_are_told_of_and_the_way_back_is_open() {
    let shop = Shop::open("twins:2");
    shop.backend.launches_fail(&json!({GROUP: "There is not enough capacity in the zone."}));
    let id = shop.begin("surge-and-drain --batch 2");
    shop.until(&id, "the reason", |o| o["note"].as_str().is_some_and(|n| n.contains("not enough capacity")));
    let ended = shop.document(&format!("ops rollback {id} --wait"), 4);
    assert_eq!(ended["operations"][0]["state"], "rolled-back", "{ended}");
    shop.assert_as_before();
    shop.assert_counts(&[(MARK, 1), (SUSPEND, 1), (DESIRED, 2), (RESUME, 1), (UNMARK, 1)]);
}

#[test]
fn members_that_never_turn_healthy_take_nobody_out() {
    let shop = Shop::open("twins:2");
    let sick = json!([{"pool": "shop-blue", "version": "2", "state": "unhealthy", "reason": "Target.ResponseCodeMismatch",
        "description": "Health checks failed with these codes: [503]"}]);
    shop.backend.sickness(&sick);
    let id = shop.begin("surge-and-drain --batch 2");
    let stands = shop.until(&id, "the reason", |o| o["note"].as_str().is_some_and(|n| n.contains("health check returns 503")));
    assert_eq!(stands["slots"][0]["state"], "registering", "{stands}");
    // Three looks later still nobody has gone.
    std::thread::sleep(std::time::Duration::from_secs(9));
    assert!(shop.sent().iter().all(|c| c.name != DEREGISTER && c.name != TERMINATE), "{:#?}", shop.sent());
    let ended = shop.document(&format!("ops rollback {id} --wait"), 4);
    assert_eq!(ended["operations"][0]["state"], "rolled-back", "{ended}");
    shop.assert_as_before();
    let gone: Vec<_> = shop.sent().into_iter().filter(|c| c.name == TERMINATE).map(|c| c.given["InstanceId"].clone()).collect();
    assert!(gone.len() == 2 && gone.iter().all(|id| !shop.before.ids().contains(id)), "only the new ones went: {gone:?}");
}

#[test]
fn somebody_elses_scale_in_pauses_it_and_is_taken_over_when_told_to_go_on() {
    let shop = Shop::open("twins:4");
    let id = shop.begin("in-place");
    shop.until_sent(TERMINATE, 1);
    shop.witness.set_desired(GROUP, 3);
    let paused = shop.until(&id, "the pause", |o| o["state"] == "paused");
    let note = paused["note"].as_str().expect("a note");
    assert!(note.contains("somebody else changed") && note.contains("desired 3"), "{note}");
    let ended = shop.document(&format!("ops resume {id} --wait"), 0);
    assert_eq!(ended["operations"][0]["state"], "done", "{ended}");
    let now = shop.witness.see(GROUP);
    assert_eq!(now.size, (2, 3, 8), "what others chose is kept");
    assert!(now.ids().is_disjoint(&shop.before.ids()) && now.members.len() == 3, "{now:#?}");
    assert_eq!((&now.suspended, &now.tags), (&shop.before.suspended, &shop.before.tags));
    shop.assert_targets(&now);
}

#[test]
fn a_member_that_turns_unhealthy_pauses_it_and_says_which() {
    let shop = Shop::open("twins:4");
    let id = shop.begin("surge-and-drain --batch 1");
    shop.until_sent(DESIRED, 1);
    let bystander = shop.before.members.last().expect("a member").id.clone();
    let sick =
        |state: &str| json!([{"instance": bystander, "state": state, "reason": "Target.Timeout", "description": "Request timed out"}]);
    shop.backend.sickness(&sick("unhealthy"));
    let paused = shop.until(&id, "the pause", |o| o["state"] == "paused");
    let note = paused["note"].as_str().expect("a note");
    assert!(note.contains(&bystander) && note.contains("turned unhealthy"), "{note}");
    assert_eq!(shop.witness.see(GROUP).ids().intersection(&shop.before.ids()).count(), 4, "nobody was taken out");
    shop.backend.sickness(&json!([]));
    let ended = shop.document(&format!("ops rollback {id} --wait"), 4);
    assert_eq!(ended["operations"][0]["state"], "rolled-back", "{ended}");
    shop.assert_as_before();
}

#[test]
fn an_alarm_that_fires_meanwhile_pauses_it_and_says_which() {
    let shop = Shop::open("twins:2");
    let id = shop.begin("surge-and-drain --batch 2");
    shop.until_sent(DESIRED, 1);
    shop.witness.set_alarm("shop-5xx", "ALARM", "3 of 3 datapoints were above 10");
    let paused = shop.until(&id, "the pause", |o| o["state"] == "paused");
    assert!(paused["note"].as_str().is_some_and(|n| n.contains("alarm shop-5xx fires")), "{paused}");
    // Who goes on all the same accepts it: it does not stop for that again.
    let ended = shop.document(&format!("ops resume {id} --wait"), 0);
    assert_eq!(ended["operations"][0]["state"], "done", "{ended}");
    shop.assert_redeployed();
    shop.assert_counts(&SURGE);
}

#[test]
fn another_laptop_sees_the_mark_and_stays_away() {
    let shop = Shop::open("twins:2");
    let other = Home::against(&shop.backend);
    let id = shop.begin("surge-and-drain --batch 2");
    shop.until_sent(MARK, 1);
    for line in ["redeploy shop --strategy native", "scale shop 3", "freeze shop --dry-run"] {
        let code = if line.starts_with("freeze") { 0 } else { 3 };
        let (stdout, stderr) = run(&other, &format!("{line} --confirm {GROUP}"), code);
        assert!(stdout.contains(&id) || stderr.contains(&id), "it says which operation:\n{stdout}\n{stderr}");
    }
    // On the same machine it is the claim that keeps a second one away.
    let (_, stderr) = shop.run(&format!("redeploy {GROUP} --confirm {GROUP} --strategy in-place"), 3);
    assert!(stderr.contains(&id), "{stderr}");
    let ended = shop.document(&format!("ops wait {id}"), 0);
    assert_eq!(ended["operations"][0]["state"], "done", "{ended}");
    shop.assert_redeployed();
    shop.assert_counts(&SURGE);
    run(&other, &format!("scale {GROUP} 3 --confirm {GROUP} --dry-run"), 0);
}

#[test]
fn a_second_run_on_this_machine_is_refused_by_the_claim_alone() {
    // No mark warns it: the tag cannot be written.
    let shop = Shop::open("twins:2");
    let rule = json!([{"action": action(MARK), "kind": "error", "status": 403, "code": "AccessDenied", "message": "not allowed"}]);
    shop.backend.faults(&rule);
    let id = shop.begin("surge-and-drain --batch 2");
    shop.until_sent(SUSPEND, 1);
    let second = shop.document(&format!("redeploy {GROUP} --confirm {GROUP} --strategy in-place --wait"), 3);
    let note = second["operations"][0]["note"].as_str().expect("a note");
    assert!(note.contains(&id) && note.contains("under way"), "{second}");
    let ended = shop.document(&format!("ops wait {id}"), 0);
    assert_eq!(ended["operations"][0]["state"], "done", "{ended}");
    shop.assert_redeployed();
    shop.assert_counts(&SURGE[1..7]);
}

#[test]
fn a_stale_mark_is_named_and_can_be_set_aside() {
    let text = "20261101-101500-beef Redeploy shop v1 → v2, surge and drain by kim@laptop, since 2026-11-01 10:15 UTC";
    let shop = Shop::open_with("twins:2", |witness: &Witness| witness.tag(GROUP, "pilothouse:operation", text));
    let given = format!("redeploy {GROUP} --confirm {GROUP} --strategy in-place --batch 2");
    let (_, stderr) = shop.run(&given, 3);
    assert!(stderr.contains("kim@laptop") && stderr.contains("20261101-101500-beef"), "{stderr}");
    assert!(shop.sent().is_empty());
    shop.run(&format!("{given} --override busy --reason left-behind --wait"), 0);
    let now = shop.witness.see(GROUP);
    assert!(now.ids().is_disjoint(&shop.before.ids()), "{now:#?}");
    assert_eq!(now.tags.get("pilothouse:operation"), None, "whoever takes it over takes its mark off");
}

#[test]
fn a_refused_call_pauses_it_and_resuming_tries_again() {
    let shop = Shop::open("twins:2");
    let rule = json!([{"key": OPERATOR, "action": action(TERMINATE), "kind": "error", "status": 403, "code": "AccessDenied",
        "message": "User is not authorized to perform: autoscaling:TerminateInstanceInAutoScalingGroup"}]);
    shop.backend.faults(&rule);
    let id = shop.begin("surge-and-drain --batch 2");
    let paused = shop.until(&id, "the pause", |o| o["state"] == "paused");
    let note = paused["note"].as_str().expect("a note");
    assert!(note.contains("autoscaling:TerminateInstanceInAutoScalingGroup"), "{note}");
    shop.backend.faults(&json!([]));
    let ended = shop.document(&format!("ops resume {id} --wait"), 0);
    assert_eq!(ended["operations"][0]["state"], "done", "{ended}");
    shop.assert_redeployed();
    shop.assert_terminated_once(true);
    shop.assert_counts(&SURGE);
}
