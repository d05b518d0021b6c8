//! The cloud's own refresh: followed live, paused, turned back, called off, and its refusals.

use serde_json::{Value, json};

use super::{GROUP, MARK, REFRESH, RESUME, SUSPEND, Shop, UNMARK};

const ROLL_BACK: &str = "autoscaling.RollbackInstanceRefresh";
const CANCEL: &str = "autoscaling.CancelInstanceRefresh";

/// A checkpoint half-way makes time to look at it.
const HALF: &str = "native --min-healthy 100 --max-healthy 150 --to-version 2 --checkpoints 50,100";

fn says(operation: &Value, words: &[&str]) -> bool {
    operation["note"].as_str().is_some_and(|n| words.iter().all(|w| n.contains(w)))
}

#[test]
fn it_is_followed_live_with_percentage_members_left_and_reason() {
    let shop = Shop::of_one_version("twins:4");
    let id = shop.begin(&format!("{HALF} --checkpoint-delay 5s"));
    let half = shop.until(&id, "the checkpoint", |o| says(o, &["50 %", "2 to go", "checkpoint"]));
    assert_eq!((&half["state"], &half["progress"]), (&json!("following"), &json!([2, 4])), "{half}");
    let gone = half["slots"].as_array().expect("slots").iter().filter(|s| s["old"].is_string()).count();
    assert!(gone >= 2, "those it replaced are seen in slots: {half}");
    let ended = shop.document(&format!("ops wait {id}"), 0);
    assert_eq!(ended["operations"][0]["state"], "done", "{ended}");
    shop.assert_redeployed();
    shop.assert_counts(&[(MARK, 1), (REFRESH, 1), (UNMARK, 1)]);
}

#[test]
fn paused_it_stands_still_by_its_own_process() {
    let shop = Shop::of_one_version("twins:4");
    let id = shop.begin(&format!("{HALF} --checkpoint-delay 3s"));
    shop.until(&id, "the checkpoint", |o| says(o, &["50 %"]));
    shop.run(&format!("ops pause {id}"), 0);
    shop.until_sent(SUSPEND, 1);
    let at = shop.witness.see(GROUP);
    assert_eq!(at.suspended.iter().map(String::as_str).collect::<Vec<_>>(), ["InstanceRefresh"]);
    std::thread::sleep(std::time::Duration::from_secs(5));
    assert_eq!(shop.witness.see(GROUP).ids(), at.ids(), "nobody is replaced while it is paused");
    let ended = shop.document(&format!("ops resume {id} --wait"), 0);
    assert_eq!(ended["operations"][0]["state"], "done", "{ended}");
    shop.assert_redeployed();
    shop.assert_counts(&[(MARK, 1), (REFRESH, 1), (SUSPEND, 1), (RESUME, 1), (UNMARK, 1)]);
}

#[test]
fn turned_back_all_run_the_version_of_before() {
    let shop = Shop::of_one_version("twins:4");
    let id = shop.begin(&format!("{HALF} --checkpoint-delay 5m"));
    shop.until(&id, "the checkpoint", |o| says(o, &["50 %"]));
    let ended = shop.document(&format!("ops rollback {id} --wait"), 4);
    assert_eq!(ended["operations"][0]["state"], "rolled-back", "{ended}");
    let now = shop.witness.see(GROUP);
    assert!(now.members.iter().all(|m| m.version == "1" && m.lifecycle == "InService"), "{now:#?}");
    shop.assert_given_back(&now);
    shop.assert_counts(&[(MARK, 1), (REFRESH, 1), (ROLL_BACK, 1), (UNMARK, 1)]);
    assert_eq!(shop.witness.refreshes(GROUP)[0].status().expect("a status").as_str(), "RollbackSuccessful");
}

#[test]
fn called_off_by_another_hand_it_ends_mixed_and_says_so() {
    let shop = Shop::of_one_version("twins:4");
    let id = shop.begin(&format!("{HALF} --checkpoint-delay 5m"));
    shop.until(&id, "the checkpoint", |o| says(o, &["50 %"]));
    shop.witness.cancel_refresh(GROUP);
    let ended = shop.document(&format!("ops wait {id}"), 5);
    let one = &ended["operations"][0];
    assert_eq!(one["state"], "failed", "{ended}");
    assert!(says(one, &["was cancelled", "2 old and 2 new"]), "{ended}");
    let now = shop.witness.see(GROUP);
    assert_eq!((&now.suspended, &now.tags), (&shop.before.suspended, &shop.before.tags));
}

#[test]
fn an_abandoned_one_is_called_off_by_an_operation_of_its_own() {
    let shop = Shop::of_one_version("twins:4");
    let id = shop.begin(&format!("{HALF} --checkpoint-delay 5m"));
    shop.until(&id, "the checkpoint", |o| says(o, &["50 %"]));
    shop.document(&format!("ops abandon {id} --wait"), 5);
    let ended = shop.document(&format!("refresh cancel {GROUP} --confirm {GROUP} --wait"), 0);
    assert_eq!(ended["operations"][0]["state"], "done", "{ended}");
    assert_eq!(shop.counts()[CANCEL], 1);
    assert_eq!(shop.witness.refreshes(GROUP)[0].status().expect("a status").as_str(), "Cancelled");
}

#[test]
fn one_that_fails_ends_held_and_one_that_goes_back_by_itself_ends_rolled_back() {
    for (how, code, state) in [("", 5, "failed"), (" --auto-rollback", 4, "rolled-back")] {
        let shop = Shop::of_one_version("twins:2");
        shop.backend.pace(&[("refresh", 1.0)]);
        shop.backend.sickness(&json!([{"version": "2", "state": "unhealthy", "reason": "Target.Timeout", "description": "timed out"}]));
        let ended = shop.redeploy(&format!("native --min-healthy 100 --max-healthy 150 --to-version 2{how}"), code);
        assert_eq!(ended["state"], state, "{ended}");
        assert!(says(&ended, &["did not become healthy"]), "the service's own reason is passed on: {ended}");
        let now = shop.witness.see(GROUP);
        assert!(now.ids().is_superset(&shop.before.ids()), "no old one left for a sick one: {now:#?}");
        assert_eq!((&now.suspended, &now.tags), (&shop.before.suspended, &shop.before.tags));
    }
}

#[test]
fn beside_one_that_is_under_way_nothing_begins() {
    let shop = Shop::of_one_version("twins:4");
    shop.backend.pace(&[("launch", 120.0)]);
    shop.witness.start_refresh(GROUP);
    for strategy in ["native", "surge-and-drain", "in-place", "blue-green"] {
        let (_, stderr) = shop.run(&format!("redeploy {GROUP} --confirm {GROUP} --strategy {strategy}"), 3);
        assert!(stderr.contains("under way") && stderr.contains("InProgress"), "{strategy}: {stderr}");
    }
    assert!(shop.tried().is_empty(), "{:#?}", shop.tried());
}

#[test]
fn a_refresh_that_begins_between_look_and_call_is_refused_by_the_service_and_told() {
    let shop = Shop::of_one_version("twins:2");
    let rule = json!([{"action": "StartInstanceRefresh", "kind": "error", "status": 400, "code": "InstanceRefreshInProgress",
        "message": "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh."}]);
    shop.backend.faults(&rule);
    let id = shop.begin("native --to-version 2");
    let paused = shop.until(&id, "the refusal", |o| o["state"] == "paused");
    assert!(says(&paused, &["already in progress"]), "{paused}");
    let ended = shop.document(&format!("ops rollback {id} --wait"), 4);
    assert_eq!(ended["operations"][0]["state"], "rolled-back", "{ended}");
    shop.assert_as_before();
}
