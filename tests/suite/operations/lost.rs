//! Answers that never came. Whether the call was carried out is found out by reading, and never by sending it again to see.

use serde_json::{Value, json};

use super::stage::{Stage, kill_runner, until};

/// The call is carried out, and its answer is lost in this way.
fn lost(action: &str, how: &str) -> Value {
    json!([{"action": action, "kind": how, "when": "after", "times": 1}])
}

/// `line` meets a lost answer of `action` and is done all the same, with one call.
#[track_caller]
fn found_out(stage: &Stage, line: &str, action: &'static str, how: &str, kind: &str) {
    stage.backend.faults(&lost(action, how));
    let deed = stage.done(line);
    assert_eq!(stage.times(action), 1, "{line}: sent once");
    let story = stage.story(&deed.id());
    assert!(story.calls().contains(&(kind, "found-done")), "{line}: {:#}", story.0);
    stage.sent();
}

#[test]
fn a_lost_answer_to_a_change_of_size_is_found_out_however_it_was_lost() {
    let stage = Stage::portal();
    // A page of a proxy, half a document, a cut line.
    for (how, to) in [("html", 5), ("truncate", 6), ("reset", 5)] {
        found_out(&stage, &format!("scale portal {to} --confirm portal"), "SetDesiredCapacity", how, "SetDesired");
        assert_eq!(stage.eye.size("portal").1, to, "{how}");
    }
    found_out(&stage, "scale portal --min 3 --confirm portal", "UpdateAutoScalingGroup", "html", "SetBounds");
    assert_eq!(stage.eye.size("portal"), (3, 5, 8));
}

#[test]
fn a_lost_answer_about_a_member_a_database_or_an_alarm_is_found_out() {
    let stage = Stage::portal();
    let victim = stage.eye.members_in("portal", "InService").remove(0);
    let line = format!("member terminate portal {victim} --confirm portal");
    found_out(&stage, &line, "TerminateInstanceInAutoScalingGroup", "reset", "TerminateMembers");
    assert_eq!((stage.eye.size("portal").1, stage.eye.members("portal").contains_key(&victim)), (3, false), "one went, and only one");

    let line = "database snapshot hardwareavailability --snapshot by-hand --confirm hardwareavailability";
    found_out(&stage, line, "CreateDBSnapshot", "truncate", "SnapshotDatabase");
    assert_eq!(stage.eye.snapshots("hardwareavailability").iter().filter(|n| **n == "by-hand").count(), 1);

    found_out(&stage, "mute portal-5xx --for 1h --confirm portal-5xx", "PutAlarmMuteRule", "reset", "MuteAlarm");
    assert_eq!(stage.eye.mutes().len(), 1);
    found_out(&stage, "unmute portal-5xx --confirm portal-5xx", "DeleteAlarmMuteRule", "html", "UnmuteAlarm");
    assert!(stage.eye.mutes().is_empty());
}

#[test]
fn lost_answers_to_both_halves_of_a_freeze_are_found_out() {
    let stage = Stage::portal();
    found_out(&stage, "freeze portal --confirm portal", "SuspendProcesses", "reset", "Suspend");
    assert_eq!((stage.eye.size("portal"), stage.eye.suspended("portal").len()), ((4, 4, 4), 7));
    found_out(&stage, "thaw portal --confirm portal", "ResumeProcesses", "truncate", "ResumeProcesses");
    found_out(&stage, "freeze portal --confirm portal", "UpdateAutoScalingGroup", "html", "SetBounds");
    assert_eq!((stage.eye.size("portal"), stage.eye.suspended("portal").len()), ((4, 4, 4), 7));
}

/// Nothing of them was carried out, and nobody said so. Reads get the time they need to show it, all at once here. A freeze is then made
/// all the same; of the others a human decides, for what got lost may still arrive.
#[test]
fn a_call_that_never_arrived_is_found_out_and_not_taken_for_done() {
    let stage = Stage::of(&["portal", "fleet:2:4@us-east-1"]);
    let mut rules: Vec<Value> =
        ["SetDesiredCapacity", "SuspendProcesses", "TerminateInstanceInAutoScalingGroup", "CreateDBSnapshot", "PutAlarmMuteRule"]
            .into_iter()
            .zip(["reset", "html", "reset", "html", "reset"])
            .map(|(action, kind)| json!({"action": action, "kind": kind, "times": 1}))
            .collect();
    // One is carried out, and nobody ever answers.
    rules.insert(0, json!({"action": "SuspendProcesses", "region": "us-east-1", "kind": "hang", "when": "after", "times": 1}));
    stage.backend.faults(&json!(rules));
    let elsewhere = super::onlooker::Onlooker::within(&stage.backend, "us-east-1");
    let member = elsewhere.members_in("fleet-0000", "InService").remove(0);
    let unanswered = stage.begin("--region us-east-1 suspend fleet-0001 AlarmNotification --confirm fleet-0001");
    let freeze = stage.begin("freeze worker --confirm worker");
    let others = [
        ("scale portal 5 --confirm portal".to_owned(), "SetDesired"),
        (format!("--region us-east-1 member terminate fleet-0000 {member} --confirm fleet-0000"), "TerminateMembers"),
        ("database snapshot hardwareavailability --snapshot lost --confirm hardwareavailability".to_owned(), "SnapshotDatabase"),
        ("mute portal-5xx --for 1h --confirm portal-5xx".to_owned(), "MuteAlarm"),
    ]
    .map(|(line, kind)| (stage.begin(&line), kind));
    for (id, kind) in &others {
        let deed = stage.one(&format!("ops wait {id}"), 5);
        assert!(deed.state() == "unclear" && deed.note().contains("look before trying again"), "{deed:?}");
        stage.story(id).assert_is("unclear", &[(kind, "unclear")]);
    }
    assert_eq!((stage.eye.size("portal").1, elsewhere.members("fleet-0000").len(), stage.eye.mutes().len()), (4, 4, 0));
    assert!(!stage.eye.snapshots("hardwareavailability").contains(&"lost".to_owned()));
    assert_eq!(stage.one(&format!("ops wait {freeze}"), 0).state(), "done");
    assert_eq!((stage.eye.size("worker"), stage.eye.suspended("worker").len()), ((3, 3, 3), 7));
    for action in ["SetDesiredCapacity", "TerminateInstanceInAutoScalingGroup", "CreateDBSnapshot", "PutAlarmMuteRule"] {
        assert_eq!(stage.times(action), 1, "{action}");
    }
    assert_eq!(stage.one(&format!("ops wait {unanswered}"), 0).state(), "done");
    stage.story(&unanswered).assert_is("done", &[("Suspend", "found-done")]);
    assert_eq!(elsewhere.suspended("fleet-0001"), ["AlarmNotification"]);
    assert_eq!(stage.times("SuspendProcesses"), 3, "once there; here once in vain, then after reading that it is not so");
}

#[test]
fn throttling_in_the_middle_of_a_freeze_of_many_groups_leaves_none_out() {
    let stage = Stage::of(&["fleet:6:2"]);
    let throttle = |action: &str, skip: u32, times: u32| json!({"action": action, "skip": skip, "times": times, "kind": "error", "status": 400, "code": "Throttling", "message": "Rate exceeded"});
    stage.backend.faults(&json!([throttle("SuspendProcesses", 2, 3), throttle("UpdateAutoScalingGroup", 1, 2)]));
    let frozen = stage.json_of(&["freeze", "--all", "--confirm", "unclassified 6", "--wait"], 0);
    assert_eq!(frozen["operations"].as_array().map(Vec::len), Some(6), "{frozen:#}");
    for name in stage.eye.groups() {
        assert_eq!((stage.eye.size(&name), stage.eye.suspended(&name).len()), ((2, 2, 2), 7), "{name}");
    }
    // What was throttled was refused, and is the only thing sent again.
    stage.assert_sent(&[("CreateOrUpdateTags", 6), ("SuspendProcesses", 9), ("UpdateAutoScalingGroup", 8)]);
}

#[test]
fn a_freeze_whose_runner_was_killed_is_taken_up_where_it_was() {
    let stage = Stage::portal();
    // The answer to the pin takes its time, and the runner does not live to hear it.
    stage.backend.faults(&json!([{"action": "UpdateAutoScalingGroup", "kind": "delay", "seconds": 4, "times": 1}]));
    let id = stage.begin("freeze portal --confirm portal");
    until("the pin", || (stage.times("UpdateAutoScalingGroup") == 1).then_some(()));
    kill_runner(&id);
    assert_eq!(stage.story(&id).calls(), [("Suspend", "accepted"), ("SetBounds", "-")], "what is known, and what is not");
    assert_eq!(stage.one(&format!("ops wait {id}"), 6).state(), "interrupted");

    let deed = stage.one(&format!("ops resume {id} --wait"), 0);
    assert_eq!(deed.state(), "done", "{deed:?}");
    assert_eq!((stage.eye.size("portal"), stage.eye.suspended("portal").len()), ((4, 4, 4), 7));
    stage.assert_sent(&[("CreateOrUpdateTags", 1), ("SuspendProcesses", 1), ("UpdateAutoScalingGroup", 1)]);
    stage.story(&id).assert_is("done", &[("Suspend", "accepted"), ("SetBounds", "found-done"), ("Mark", "accepted")]);
    // What it saved is what it found, not what it made.
    stage.done("thaw portal --confirm portal");
    assert_eq!((stage.eye.size("portal"), stage.eye.suspended("portal").len()), ((2, 4, 8), 0));
}
