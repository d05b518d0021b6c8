//! `kill -9` of the runner, again and again in the course of one redeploy: each time the operation shows as interrupted, and is resumed, and
//! in the end every call was carried out once.

use rustix::process::{Signal, kill_process};
use serde_json::{Value, json};

use crate::runners::{runner, until, wait_gone};

use super::{
    BOUNDS, CREATE, DEREGISTER, MARK, OPERATOR, PROTECT, REFRESH, RESUME, SUSPEND, Shop, TERMINATE, THERE_AND_BACK, UNMARK, WEIGHTS,
};

impl Shop {
    /// Kills the runner of an operation, and sees that the operation shows as interrupted. `false`: it was over before.
    #[track_caller]
    fn kill_runner(&self, id: &str) -> bool {
        let Some(pid) = runner(id) else { return false };
        let killed = kill_process(pid, Signal::KILL).is_ok();
        wait_gone(pid);
        let listed = self.document("ops", 0);
        let one = listed["operations"].as_array().and_then(|all| all.iter().find(|o| o["id"] == id)).cloned().unwrap_or_default();
        if one["state"] != "interrupted" {
            // It was through, and only its process was still there.
            assert!(!killed || one["ended"].is_string(), "{one}");
            return false;
        }
        assert!(one["orders"].as_array().is_some_and(|o| o.contains(&"resume".into())), "{one}");
        true
    }

    /// Drives an operation to its end, killing its runner after call `first` and then after every `step` more. How often it was killed,
    /// and how it ended.
    #[track_caller]
    fn survive(&self, id: &str, first: usize, step: usize, code: i32) -> (usize, Value) {
        let (mut kills, mut next) = (0, first);
        loop {
            let runs = until("a call, or the end", || {
                let due = self.sent().len() >= next;
                (due || runner(id).is_none()).then_some(due)
            });
            if !runs || !self.kill_runner(id) {
                break;
            }
            if kills == 0 {
                let waited = self.document(&format!("ops wait {id}"), 6);
                assert_eq!(waited["operations"][0]["state"], "interrupted", "{waited}");
            }
            kills += 1;
            next = self.sent().len() + step;
            self.run(&format!("ops resume {id}"), 0);
        }
        let ended = self.document(&format!("ops wait {id}"), code);
        (kills, ended["operations"][0].clone())
    }
}

/// The same redeploy twice, so that no call of it is spared: killed after all odd ones, and after all even ones.
fn surge_and_drain(first: usize) {
    let shop = Shop::open("twins:2:2");
    let id = shop.begin("surge-and-drain --batch 2");
    let (kills, ended) = shop.survive(&id, first, 2, 0);
    assert_eq!(ended["state"], "done", "{ended}");
    assert!(kills >= 5, "killed {kills} times");
    shop.assert_redeployed();
    shop.assert_terminated_once(true);
    shop.assert_counts(&[(MARK, 1), (SUSPEND, 1), (BOUNDS, 2), (PROTECT, 3), (DEREGISTER, 2), (TERMINATE, 2), (RESUME, 1), (UNMARK, 1)]);
}

#[test]
fn surge_and_drain_survives_kills_after_odd_calls() {
    surge_and_drain(1);
}

#[test]
fn surge_and_drain_survives_kills_after_even_calls() {
    surge_and_drain(2);
}

fn in_place(first: usize) {
    let shop = Shop::open("twins:2");
    let id = shop.begin("in-place --batch 2");
    let (kills, ended) = shop.survive(&id, first, 2, 0);
    assert_eq!(ended["state"], "done", "{ended}");
    assert!(kills >= 4, "killed {kills} times");
    shop.assert_redeployed();
    shop.assert_terminated_once(false);
    shop.assert_counts(&[(MARK, 1), (SUSPEND, 1), (PROTECT, 3), (DEREGISTER, 2), (TERMINATE, 2), (RESUME, 1), (UNMARK, 1)]);
}

#[test]
fn in_place_survives_kills_after_odd_calls() {
    in_place(1);
}

#[test]
fn in_place_survives_kills_after_even_calls() {
    in_place(2);
}

#[test]
fn native_survives_a_kill_after_every_call() {
    let shop = Shop::of_one_version("twins:4");
    let id = shop.begin("native --min-healthy 100 --max-healthy 150 --to-version 2");
    let (kills, ended) = shop.survive(&id, 1, 1, 0);
    assert_eq!(ended["state"], "done", "{ended}");
    assert!(kills >= 2, "killed {kills} times");
    shop.assert_redeployed();
    shop.assert_counts(&[(MARK, 1), (REFRESH, 1), (UNMARK, 1)]);
}

#[test]
fn blue_green_survives_a_kill_after_every_call() {
    let shop = Shop::open("twins:2");
    let id = shop.begin("blue-green --steps 50,100 --pause 1s --bake 1s");
    let (kills, ended) = shop.survive(&id, 1, 1, 0);
    assert_eq!(ended["state"], "done", "{ended}");
    assert!(kills >= 5, "killed {kills} times");
    shop.assert_traffic(&shop.green);
    shop.assert_as_before();
    assert_eq!(shop.witness.see(&shop.twin()).size, shop.before.size);
    shop.assert_counts(&[(MARK, 1), (SUSPEND, 1), (CREATE, 1), (WEIGHTS, 2), (RESUME, 1), (UNMARK, 1)]);
}

#[test]
fn a_rollback_survives_kills_too() {
    let shop = Shop::open("twins:2");
    shop.backend.pace(&[("drain", 4.0)]);
    let id = shop.begin("surge-and-drain --batch 2");
    shop.until_sent(DEREGISTER, 2);
    assert!(shop.kill_runner(&id));
    shop.run(&format!("ops rollback {id}"), 0);
    let (kills, ended) = shop.survive(&id, shop.sent().len() + 1, 1, 4);
    assert_eq!(ended["state"], "rolled-back", "{ended}");
    assert!(kills >= 3, "killed {kills} times");
    shop.assert_as_before();
    shop.assert_counts(&THERE_AND_BACK);
}

/// Killed while a call is under way and no answer to it will ever come: `when` it hangs, before or after it was carried out.
fn in_the_middle_of_a_call(when: &str) {
    let shop = Shop::open("twins:2");
    let call = TERMINATE.rsplit('.').next();
    shop.backend.faults(&json!([{"key": OPERATOR, "action": call, "kind": "hang", "when": when, "times": 1}]));
    let id = shop.begin("surge-and-drain --batch 2");
    until("the call", || shop.tried().iter().any(|c| c.name == TERMINATE && (c.done || when == "before")).then_some(()));
    assert!(shop.kill_runner(&id));
    shop.backend.faults(&json!([]));
    let unknown = shop.standing(&id)["calls_unknown"].clone();
    assert_eq!(unknown.as_array().map(Vec::len), Some(1), "{unknown}");
    let ended = shop.document(&format!("ops resume {id} --wait"), 0);
    assert_eq!(ended["operations"][0]["state"], "done", "{ended}");
    shop.assert_redeployed();
    shop.assert_terminated_once(true);
    let in_vain = usize::from(when == "before");
    assert_eq!(shop.tried().len(), shop.sent().len() + in_vain, "{:#?}", shop.tried());
}

#[test]
fn killed_in_a_call_that_was_carried_out_it_finds_that_out_and_does_not_repeat_it() {
    in_the_middle_of_a_call("after");
}

#[test]
fn killed_in_a_call_that_never_came_it_finds_that_out_and_makes_it() {
    in_the_middle_of_a_call("before");
}
