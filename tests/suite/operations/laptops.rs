//! Two laptops on one account, two processes on one machine: neither works against the other.

use std::process::{Command, Stdio};

use serde_json::json;

use super::stage::{Laptop, Stage, kill_runner, runners, until};
use crate::console::PROGRAM;

#[test]
fn a_freeze_is_seen_by_another_laptop_which_is_kept_from_changing_the_group() {
    let stage = Stage::portal();
    let other = Laptop::against(&stage.backend);
    stage.done("freeze portal --confirm portal");
    stage.sent();
    for line in ["scale portal 5", "suspend portal HealthCheck"] {
        let deed = other.one(&format!("{line} --confirm portal"), 3);
        assert!(deed.refusals().contains(&"freeze"), "{line}: {deed:?}");
        assert!(
            ["freeze at 4 by ", "@", ", since "].iter().all(|w| deed.note().contains(w)),
            "who, since when, and where it is pinned: {}",
            deed.note()
        );
    }
    let (_, said) = other.run("redeploy portal --strategy in-place --confirm portal", 3);
    assert!(said.contains("freeze at 4 by ") && said.contains("thaw it first"), "{said}");
    // What was saved lies on the first laptop alone.
    let (_, said) = other.run("thaw portal --confirm portal", 3);
    assert!(said.contains("not frozen from this machine"), "{said}");
    stage.assert_sent(&[]);
    stage.done("thaw portal --confirm portal");
    assert_eq!(other.one("scale portal 5 --confirm portal --wait", 0).state(), "done");
    assert_eq!(stage.eye.size("portal"), (2, 5, 8));
}

#[test]
fn a_redeploy_at_work_is_seen_by_another_laptop_and_held_by_its_freeze_alone() {
    let stage = Stage::portal();
    stage.backend.pace(&[("launch", 60.0)]);
    let other = Laptop::against(&stage.backend);
    let id = stage.begin("redeploy portal --strategy surge-and-drain --confirm portal");
    let mark = until("the mark", || stage.eye.mark("portal"));
    assert!(mark.contains(&id), "{mark}");
    for line in ["scale portal 6", "redeploy portal --strategy in-place"] {
        let deed = other.one(&format!("{line} --confirm portal"), 3);
        assert!(deed.refusals().contains(&"busy") && deed.note().contains(&id), "{line}: {}", deed.note());
    }
    // The red button is always admitted.
    let frozen = other.one("freeze portal --confirm portal --wait", 0);
    assert_eq!(frozen.state(), "done", "{frozen:?}");
    assert!(stage.eye.suspended("portal").iter().any(|p| p == "Launch"));
    stage.run(&format!("ops abandon {id} --wait"), 5);
}

/// A freeze whose pin hangs for a while: begun, not over, and more to send.
fn at_work(stage: &Stage) -> String {
    stage.backend.faults(&json!([{"action": "UpdateAutoScalingGroup", "kind": "delay", "seconds": 6, "times": 1}]));
    let id = stage.begin("freeze portal --confirm portal");
    until("the pin", || (stage.times("UpdateAutoScalingGroup") == 1).then_some(()));
    id
}

#[test]
fn a_second_operation_on_a_group_of_this_machine_is_refused_while_one_is_at_work() {
    let stage = Stage::of(&["fleet:1:12"]);
    let members = stage.eye.members_in("fleet-0000", "InService");
    // Going out one after the other takes as long as the first needs to show.
    stage.backend.faults(&json!([{"action": "TerminateInstanceInAutoScalingGroup", "kind": "delay", "seconds": 6, "times": 1}]));
    let first = stage.begin(&format!("member terminate fleet-0000 {} {} --confirm fleet-0000", members[0], members[1]));
    until("the first call", || (stage.times("TerminateInstanceInAutoScalingGroup") == 1).then_some(()));
    let second = stage.one("scale fleet-0000 13 --confirm fleet-0000 --wait", 3);
    assert!(second.note().contains(&first) && second.note().contains("under way on this group"), "{second:?}");
    stage.story(&second.id()).assert_is("refused", &[]);
    assert_eq!(stage.one(&format!("ops wait {first}"), 0).state(), "done");
    assert_eq!(stage.eye.size("fleet-0000").1, 10);
    stage.assert_sent(&[("TerminateInstanceInAutoScalingGroup", 2)]);
}

#[test]
fn two_processes_never_drive_the_same_operation() {
    let stage = Stage::portal();
    let id = at_work(&stage);
    // By hand what a console that knows nothing of the other would do.
    let drive = || {
        let mut command = Command::new(PROGRAM);
        command.args(["drive", &id]).env_clear().envs(stage.home.env().iter().map(|(n, v)| (n, v))).current_dir(stage.home.path());
        command.stdin(Stdio::null()).output().expect("it runs")
    };
    drive();
    assert_eq!(runners(Some(&id), None).len(), 1, "the first one drives on, the second one left");
    let (_, said) = stage.run(&format!("ops resume {id} --timeout 20s"), 0);
    assert!(said.contains("told to resume"), "{said}");
    assert_eq!(stage.eye.size("portal"), (4, 4, 4));
    stage.assert_sent(&[("CreateOrUpdateTags", 1), ("SuspendProcesses", 1), ("UpdateAutoScalingGroup", 1)]);
    // Once it is over, nobody drives it again.
    drive();
    stage.assert_sent(&[]);
    assert_eq!(stage.story(&id).state(), "done");
}

#[test]
fn of_two_that_take_up_the_same_interrupted_operation_one_does() {
    let stage = Stage::portal();
    let id = at_work(&stage);
    kill_runner(&id);
    let (one, two) = std::thread::scope(|s| {
        let resume = || crate::console::run_plain(&stage.home, &["ops", "resume", &id, "--timeout", "25s", "-o", "json"]);
        let (one, two) = (s.spawn(resume), s.spawn(resume));
        (one.join().expect("it ends"), two.join().expect("it ends"))
    });
    assert!(one.0 == 0 || two.0 == 0, "{one:?} {two:?}");
    assert_eq!(stage.eye.size("portal"), (4, 4, 4));
    stage.assert_sent(&[("CreateOrUpdateTags", 1), ("SuspendProcesses", 1), ("UpdateAutoScalingGroup", 1)]);
    assert_eq!(stage.story(&id).state(), "done");
}
