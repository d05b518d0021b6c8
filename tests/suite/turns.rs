//! Several groups under one confirmation, one after the other: those that wait for their turn are on record, and outlive the console.

use rustix::process::Signal;
use serde_json::Value;

use crate::backend::Backend;
use crate::console::{Console, ENTER, Launch, run_plain};
use crate::home::Home;
use crate::runners::until;
use crate::witness::Witness;

const CLEAR: &str = "\x15";

fn slow() -> Backend {
    let backend = Backend::start("portal");
    backend.pace(&[("launch", 2.0), ("warm", 1.0), ("drain", 1.0), ("terminate", 1.0)]);
    backend
}

fn set(backend: &Backend) -> u64 {
    backend.calls_of("autoscaling.SetDesiredCapacity")
}

/// The operations as a script sees them, by target.
#[track_caller]
fn ops(home: &Home) -> Vec<(String, Value)> {
    let (code, stdout, stderr) = run_plain(home, &["ops", "-o", "json"]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    let listed: Value = serde_json::from_str(&stdout).unwrap_or_else(|e| panic!("{e}: {stdout}"));
    let one = |o: &Value| (o["target"].as_str().unwrap_or_default().to_owned(), o.clone());
    listed["operations"].as_array().map(|all| all.iter().map(one).collect()).unwrap_or_default()
}

#[track_caller]
fn state_of(home: &Home, target: &str) -> Option<(String, String)> {
    let word = |o: &Value, key: &str| o[key].as_str().unwrap_or_default().to_owned();
    ops(home).into_iter().find(|(name, _)| name == target).map(|(_, o)| (word(&o, "id"), word(&o, "state")))
}

/// A console in which one more of both portal and worker is confirmed, and the first of the two is sent.
fn console_at_work(home: &Home, backend: &Backend) -> Console {
    let mut console = Launch::new(home, &[]).start();
    console.wait_until("the portal", |s| s.contains("portal-tg") && s.contains("portal-redis") && s.contains("1234…:"));
    for name in ["portal", "worker"] {
        console.keys("/");
        console.keys(CLEAR);
        console.keys(name);
        console.keys(ENTER);
        console.wait_until("only that among the groups", |s| s.contains("  1 of ") && s.contains(&format!("/{name}")));
        console.keys(" ");
    }
    console.open_card("+");
    console.wait_for("Scale: 2 of 2");
    console.keys("unclassified 2");
    console.keys(ENTER);
    until("the first call", || (set(backend) == 1).then_some(()));
    console
}

#[test]
fn each_begins_when_the_one_before_it_is_done() {
    let backend = slow();
    let home = Home::against(&backend);
    let console = console_at_work(&home, &backend);
    let (waiting, state) = until("the second one on record", || state_of(&home, "worker"));
    assert_eq!(state, "paused", "it waits for its turn: {:#?}", ops(&home));
    assert_eq!(set(&backend), 1, "one group at a time");
    until("the second call", || (set(&backend) == 2).then_some(()));
    assert!(state_of(&home, "portal").is_some_and(|(_, state)| state == "done"));
    let (code, stdout, _) = run_plain(&home, &["ops", "wait", &waiting]);
    assert_eq!(code, 0, "the same operation that waited: {stdout}");
    assert_eq!(ops(&home).len(), 2, "and no other");
    console.wait_until("both are done", |s| s.matches("done").count() >= 2 && !s.contains("interrupted"));
}

#[test]
fn a_killed_console_leaves_those_that_wait_to_whoever_resumes_them() {
    let backend = slow();
    let home = Home::against(&backend);
    let console = console_at_work(&home, &backend);
    let (waiting, _) = until("the second one on record", || state_of(&home, "worker"));
    console.signal(Signal::KILL);
    // The first goes on without the console; nobody begins the second.
    until("the first to end", || state_of(&home, "portal").filter(|(_, state)| state == "done"));
    until("the second to be given up", || state_of(&home, "worker").filter(|(_, state)| state == "interrupted"));
    assert_eq!(set(&backend), 1);
    let before = Witness::of(&backend).desired("worker");
    let (code, stdout, stderr) = run_plain(&home, &["ops", "resume", &waiting, "--wait"]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert_eq!((set(&backend), Witness::of(&backend).desired("worker")), (2, before + 1));
}
