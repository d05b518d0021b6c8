//! Each strategy to its end, undisturbed: every mutating call exactly once, every old member gone by its id, everything borrowed back.

use crate::runners::until;
use crate::witness::Witness;

use super::{
    BORROWED, BOUNDS, CREATE, DELETE, DEREGISTER, DESIRED, GROUP, MARK, PROTECT, REFRESH, RESUME, SUSPEND, Shop, TERMINATE, UNMARK,
    WEIGHTS, set,
};

#[test]
fn surge_and_drain_replaces_every_member_by_its_id() {
    // Somebody had suspended a process before: it is theirs, and stays suspended.
    let shop = Shop::open_with("twins:4", |witness: &Witness| witness.suspend(GROUP, &["AZRebalance"]));
    let done = shop.redeploy("surge-and-drain --batch 2", 0);
    assert_eq!(done["state"], "done", "{done}");
    shop.assert_redeployed();
    shop.assert_terminated_once(true);
    shop.assert_counts(&[(MARK, 1), (SUSPEND, 1), (DESIRED, 2), (PROTECT, 5), (DEREGISTER, 4), (TERMINATE, 4), (RESUME, 1), (UNMARK, 1)]);
    let borrowed = shop.sent().into_iter().find(|c| c.name == SUSPEND).expect("it suspends");
    let named = borrowed.given.into_iter().filter(|(k, _)| k.starts_with("ScalingProcesses")).map(|(_, v)| v).collect();
    let mut ours = set(&BORROWED);
    ours.remove("AZRebalance");
    assert_eq!(ours, named, "what was off already is not borrowed");
}

#[test]
fn surge_and_drain_raises_a_maximum_that_is_in_its_way_and_sets_it_back() {
    let shop = Shop::open("twins:2:2");
    // A hook keeps each member for a while after it has drained.
    shop.backend.pace(&[("hook", 2.0)]);
    let done = shop.redeploy("surge-and-drain --batch 2", 0);
    assert_eq!(done["state"], "done", "{done}");
    shop.assert_redeployed();
    shop.assert_terminated_once(true);
    shop.assert_counts(&[(MARK, 1), (SUSPEND, 1), (BOUNDS, 2), (PROTECT, 3), (DEREGISTER, 2), (TERMINATE, 2), (RESUME, 1), (UNMARK, 1)]);
}

#[test]
fn in_place_takes_one_out_after_the_other() {
    let shop = Shop::open("twins:2");
    let done = shop.redeploy("in-place", 0);
    assert_eq!(done["state"], "done", "{done}");
    shop.assert_redeployed();
    shop.assert_terminated_once(false);
    shop.assert_counts(&[(MARK, 1), (SUSPEND, 1), (PROTECT, 3), (DEREGISTER, 2), (TERMINATE, 2), (RESUME, 1), (UNMARK, 1)]);
}

#[test]
fn native_is_the_clouds_own_refresh_followed_to_its_end() {
    let shop = Shop::of_one_version("twins:4");
    let done = shop.redeploy("native --min-healthy 100 --max-healthy 150 --to-version 2", 0);
    assert_eq!(done["state"], "done", "{done}");
    assert!(done["title"].as_str().is_some_and(|t| t.contains("v1 → v2")), "{done}");
    assert!(!done["card"].to_string().contains("already"), "nobody runs the new version yet: {done}");
    shop.assert_redeployed();
    shop.assert_counts(&[(MARK, 1), (REFRESH, 1), (UNMARK, 1)]);
    assert_eq!(shop.witness.refreshes(GROUP).len(), 1);
}

#[test]
fn blue_green_moves_the_traffic_and_the_old_group_is_retired_by_itself() {
    let shop = Shop::open("twins:2");
    let done = shop.redeploy("blue-green --steps 50,100 --pause 1s --bake 2s", 0);
    assert_eq!(done["state"], "done", "{done}");
    let twin = shop.twin();
    shop.assert_counts(&[(MARK, 1), (SUSPEND, 1), (CREATE, 1), (WEIGHTS, 2), (RESUME, 1), (UNMARK, 1)]);
    shop.assert_traffic(&shop.green);
    // The old group stands warm and untouched beside it.
    shop.assert_as_before();
    let new = shop.witness.see(&twin);
    assert_eq!((new.size, &new.pools), (shop.before.size, &vec![shop.green.clone()]));
    assert!(new.members.iter().all(|m| m.version == "2" && m.lifecycle == "InService"), "{new:#?}");

    // Its end is an operation of its own, with its own confirmation.
    shop.run(&format!("retire {GROUP} --confirm nothing"), 3);
    let gone = shop.document(&format!("retire {GROUP} --confirm {GROUP} --wait"), 0);
    assert_eq!(gone["operations"][0]["state"], "done", "{gone}");
    assert_eq!(shop.counts()[DELETE], 1);
    assert_eq!(shop.witness.group_names().into_iter().collect::<Vec<_>>(), [twin]);
    until("the last connection's end", || shop.witness.targets(&shop.blue).is_empty().then_some(()));
}
