//! Words to a redeploy that runs: pause, resume, hold, roll back, abandon, each with the exit code that a script goes by.

use serde_json::json;

use super::{
    BORROWED, CREATE, DELETE, DEREGISTER, DESIRED, GROUP, MARK, OPERATOR, PROTECT, RESUME, SUSPEND, Shop, TERMINATE, THERE_AND_BACK,
    UNMARK, WEIGHTS, set,
};

/// Nobody can be taken out of the pool for now: whom we took out the group's own checks would end while they are given back.
fn keep_everybody_in(shop: &Shop) {
    shop.backend.faults(&json!([
        {"key": OPERATOR, "action": "DeregisterTargets", "kind": "error", "status": 400, "code": "Throttling", "message": "Rate exceeded"}
    ]));
}

#[test]
fn paused_it_makes_no_call_and_resumed_it_goes_on() {
    let shop = Shop::open("twins:2");
    let id = shop.begin("surge-and-drain --batch 2");
    shop.until_sent(DESIRED, 1);
    shop.run(&format!("ops pause {id}"), 0);
    let paused = shop.until(&id, "the pause", |o| o["state"] == "paused");
    assert!(paused["note"].as_str().is_some_and(|n| n.contains("paused by")), "{paused}");
    let sent = shop.sent();
    // Members come up meanwhile; a driver that did not pause would go on with them.
    shop.until_members(4, "InService");
    std::thread::sleep(std::time::Duration::from_secs(4));
    assert_eq!(shop.sent(), sent, "nothing is sent while it is paused");
    assert_eq!(shop.witness.see(GROUP).suspended, set(&BORROWED), "a short pause keeps what was borrowed");
    let ended = shop.document(&format!("ops resume {id} --wait"), 0);
    assert_eq!(ended["operations"][0]["state"], "done", "{ended}");
    shop.assert_redeployed();
    shop.assert_terminated_once(true);
    shop.assert_counts(&[(MARK, 1), (SUSPEND, 1), (DESIRED, 1), (PROTECT, 3), (DEREGISTER, 2), (TERMINATE, 2), (RESUME, 1), (UNMARK, 1)]);
}

#[test]
fn a_long_pause_gives_back_what_was_borrowed_until_it_goes_on() {
    let shop = Shop::open("twins:2");
    shop.home.config("[guards]\nmax_step_percent = 100\n[operations]\npause_gives_back_after = \"10s\"\n");
    keep_everybody_in(&shop);
    let id = shop.begin("surge-and-drain --batch 2");
    shop.until_sent(PROTECT, 2);
    shop.run(&format!("ops pause {id}"), 0);
    shop.until_sent(RESUME, 1);
    shop.until(&id, "nothing borrowed", |o| o["state"] == "paused" && o["borrowed"].is_null());
    let now = shop.witness.see(GROUP);
    assert_eq!(now.suspended, shop.before.suspended);
    assert_ne!(now.tags, shop.before.tags, "it is still at work: the mark stays");
    shop.backend.faults(&json!([]));
    let ended = shop.document(&format!("ops resume {id} --wait"), 0);
    assert_eq!(ended["operations"][0]["state"], "done", "{ended}");
    shop.assert_redeployed();
    shop.assert_counts(&[(MARK, 1), (SUSPEND, 2), (DESIRED, 1), (PROTECT, 3), (DEREGISTER, 2), (TERMINATE, 2), (RESUME, 2), (UNMARK, 1)]);
}

#[test]
fn held_it_gives_back_what_it_borrowed_and_resumed_it_takes_it_again() {
    let shop = Shop::open("twins:2");
    keep_everybody_in(&shop);
    let id = shop.begin("surge-and-drain --batch 2");
    shop.until_sent(PROTECT, 1);
    let held = shop.document(&format!("ops hold {id} --wait"), 5);
    assert_eq!(held["operations"][0]["state"], "held", "{held}");
    let now = shop.witness.see(GROUP);
    assert_eq!((&now.suspended, &now.tags), (&shop.before.suspended, &shop.before.tags), "nothing is kept");
    assert_eq!(now.members.len(), 4, "both new ones stay");
    let listed = shop.standing(&id);
    assert!(listed["borrowed"].is_null() && listed["orders"].as_array().is_some_and(|o| o.contains(&"resume".into())), "{listed}");
    shop.backend.faults(&json!([]));
    let ended = shop.document(&format!("ops resume {id} --wait"), 0);
    assert_eq!(ended["operations"][0]["state"], "done", "{ended}");
    shop.assert_redeployed();
    shop.assert_terminated_once(true);
    shop.assert_counts(&[(MARK, 2), (SUSPEND, 2), (DESIRED, 1), (PROTECT, 3), (DEREGISTER, 2), (TERMINATE, 2), (RESUME, 2), (UNMARK, 2)]);
}

#[test]
fn rolled_back_everything_is_as_before() {
    let shop = Shop::open("twins:2");
    shop.backend.pace(&[("drain", 4.0)]);
    let id = shop.begin("surge-and-drain --batch 2");
    shop.until_sent(DEREGISTER, 2);
    let ended = shop.document(&format!("ops rollback {id} --wait"), 4);
    assert_eq!(ended["operations"][0]["state"], "rolled-back", "{ended}");
    shop.assert_as_before();
    shop.assert_counts(&THERE_AND_BACK);
    // What is over takes no more orders, and its command line says so.
    for order in ["pause", "resume", "hold", "rollback", "abandon"] {
        let (_, stderr) = shop.run(&format!("ops {order} {id}"), 3);
        assert!(stderr.contains("it is over (rolled back)"), "{stderr}");
    }
}

#[test]
fn past_the_point_of_no_return_rolling_back_is_refused_and_it_goes_on() {
    let shop = Shop::open("twins:2");
    let id = shop.begin("in-place");
    shop.until_sent(TERMINATE, 1);
    let (_, stderr) = shop.run(&format!("ops rollback {id} --wait"), 3);
    assert!(stderr.contains("point of no return") || stderr.contains("no way back"), "{stderr}");
    let ended = shop.document(&format!("ops wait {id}"), 0);
    assert_eq!(ended["operations"][0]["state"], "done", "{ended}");
    shop.assert_redeployed();
    assert_eq!(shop.counts()[TERMINATE], 2);
}

#[test]
fn abandoned_it_gives_back_and_leaves_the_rest_as_it_is() {
    let shop = Shop::open("twins:2");
    keep_everybody_in(&shop);
    let id = shop.begin("surge-and-drain --batch 2");
    shop.until_sent(PROTECT, 1);
    let ended = shop.document(&format!("ops abandon {id} --wait"), 5);
    assert_eq!(ended["operations"][0]["state"], "abandoned", "{ended}");
    let now = shop.witness.see(GROUP);
    assert_eq!((&now.suspended, &now.tags), (&shop.before.suspended, &shop.before.tags), "nothing is kept");
    assert!(now.ids().is_superset(&shop.before.ids()) && now.members.len() == 4, "old and new stay: {now:#?}");
    shop.run(&format!("ops resume {id}"), 3);
    // Nobody else is in the way any more.
    shop.run(&format!("scale {GROUP} 3 --confirm {GROUP} --dry-run"), 0);
}

#[test]
fn a_blue_green_redeploy_goes_back_by_one_word_while_the_traffic_is_shared() {
    let shop = Shop::open("twins:2");
    let id = shop.begin("blue-green --steps 50,100 --pause 5m --bake 5m");
    shop.until(&id, "half of the traffic", |o| o["progress"] == serde_json::json!([50, 100]));
    assert_eq!(shop.witness.weights(&shop.rule).values().copied().collect::<Vec<_>>(), [50, 50]);
    let ended = shop.document(&format!("ops rollback {id} --wait"), 4);
    assert_eq!(ended["operations"][0]["state"], "rolled-back", "{ended}");
    shop.assert_traffic(&shop.blue);
    shop.assert_as_before();
    assert_eq!(shop.witness.group_names().into_iter().collect::<Vec<_>>(), [GROUP]);
    shop.assert_counts(&[(MARK, 1), (SUSPEND, 1), (CREATE, 1), (WEIGHTS, 2), (DELETE, 1), (RESUME, 1), (UNMARK, 1)]);
}

#[test]
fn a_freeze_holds_it_and_once_thawed_it_is_resumed() {
    let shop = Shop::open("twins:2");
    keep_everybody_in(&shop);
    let id = shop.begin("surge-and-drain --batch 2");
    shop.until_sent(PROTECT, 2);
    let frozen = shop.document(&format!("freeze {GROUP} --confirm {GROUP} --wait"), 0);
    assert_eq!(frozen["operations"][0]["state"], "done", "{frozen}");
    assert_eq!(shop.document(&format!("ops wait {id}"), 5)["operations"][0]["state"], "held");
    let now = shop.witness.see(GROUP);
    assert_eq!(now.size, (4, 4, 4), "pinned to what is there");
    assert_eq!(now.suspended.len(), 7, "{now:#?}");
    let thawed = shop.document(&format!("thaw {GROUP} --confirm {GROUP} --wait"), 0);
    assert_eq!(thawed["operations"][0]["state"], "done", "{thawed}");
    shop.backend.faults(&json!([]));
    let ended = shop.document(&format!("ops resume {id} --wait"), 0);
    assert_eq!(ended["operations"][0]["state"], "done", "{ended}");
    shop.assert_redeployed();
    shop.assert_terminated_once(true);
}
