//! Groups: their size and bounds, their processes, freezes of one and of many, refreshes that somebody else began.

use serde_json::json;

use super::onlooker::Onlooker;
use super::stage::Stage;

#[test]
fn a_group_is_scaled_by_one_to_a_number_and_within_new_bounds() {
    let stage = Stage::portal();
    for (line, size, call, sent) in [
        ("scale portal +1", (2, 5, 8), "SetDesired", "SetDesiredCapacity"),
        ("scale portal -1", (2, 4, 8), "SetDesired", "SetDesiredCapacity"),
        ("scale portal 6", (2, 6, 8), "SetDesired", "SetDesiredCapacity"),
        ("scale portal --min 3 --max 9", (3, 6, 9), "SetBounds", "UpdateAutoScalingGroup"),
        ("scale portal 10 --max 12", (3, 10, 12), "SetBounds", "UpdateAutoScalingGroup"),
    ] {
        let deed = stage.done(&format!("{line} --confirm portal"));
        assert_eq!(stage.eye.size("portal"), size, "{line}");
        assert_eq!(i32::try_from(stage.eye.members_in("portal", "InService").len()), Ok(size.1), "done means in service: {line}");
        stage.assert_sent(&[(sent, 1)]);
        stage.story(&deed.id()).assert_is("done", &[(call, "accepted")]);
    }
    // A victim of our choice, by id, instead of whom the group's policy would take.
    let chosen = stage.eye.members_in("portal", "InService").pop().expect("a member");
    stage.done(&format!("scale portal 9 --victim {chosen} --confirm portal"));
    assert!(!stage.eye.members("portal").contains_key(&chosen));
    stage.assert_sent(&[("TerminateInstanceInAutoScalingGroup", 1)]);
}

#[test]
fn processes_are_switched_off_and_on_again() {
    let stage = Stage::portal();
    let deed = stage.done("suspend portal AlarmNotification ScheduledActions --confirm portal");
    assert_eq!(stage.eye.suspended("portal"), ["AlarmNotification", "ScheduledActions"]);
    stage.assert_sent(&[("SuspendProcesses", 1)]);
    stage.story(&deed.id()).assert_is("done", &[("Suspend", "accepted")]);
    stage.done("resume portal ScheduledActions --confirm portal");
    assert_eq!(stage.eye.suspended("portal"), ["AlarmNotification"]);
    stage.assert_sent(&[("ResumeProcesses", 1)]);
    stage.done("undo portal --confirm portal");
    assert_eq!(stage.eye.suspended("portal"), ["AlarmNotification", "ScheduledActions"]);
    stage.assert_sent(&[("SuspendProcesses", 1)]);

    // So already; never; no such thing.
    assert_eq!(stage.one("suspend worker AZRebalance --confirm worker", 0).state(), "nothing-to-do");
    let (_, said) = stage.run("suspend portal AddToLoadBalancer --confirm portal", 3);
    assert!(said.contains("never suspended"), "{said}");
    let (_, said) = stage.run("suspend portal Lunch --confirm portal", 2);
    assert!(said.contains("there are Launch"), "{said}");
    stage.assert_sent(&[]);
}

#[test]
fn every_group_of_an_environment_is_frozen_and_thawed_at_once() {
    let stage = Stage::of(&["fleet:5:3"]);
    let names: Vec<String> = (0..5).map(|n| format!("fleet-{n:04}")).collect();
    // Many at once want the environment's word and their number.
    stage.run("freeze --all --yes", 3);
    stage.assert_sent(&[]);
    let frozen = stage.json_of(&["freeze", "--all", "--confirm", "unclassified 5", "--wait"], 0);
    let states: Vec<&str> = frozen["operations"].as_array().expect("each is reported").iter().filter_map(|o| o["state"].as_str()).collect();
    assert_eq!(states, ["done"; 5], "{frozen:#}");
    for name in &names {
        assert_eq!(stage.eye.size(name), (3, 3, 3), "{name}");
        assert_eq!(stage.eye.suspended(name).len(), 7, "{name}");
        assert!(stage.eye.mark(name).is_some_and(|m| m.contains("freeze")), "{name}");
    }
    stage.assert_sent(&[("CreateOrUpdateTags", 5), ("SuspendProcesses", 5), ("UpdateAutoScalingGroup", 5)]);
    for one in frozen["operations"].as_array().expect("each is reported") {
        let story = stage.story(one["id"].as_str().expect("an id"));
        story.assert_is("done", &[("Suspend", "accepted"), ("SetBounds", "accepted"), ("Mark", "accepted")]);
    }

    // Some of them, then what is left.
    stage.json_of(&["thaw", "fleet-0000", "fleet-0001", "--confirm", "unclassified 2", "--wait"], 0);
    assert_eq!((stage.eye.size("fleet-0001"), stage.eye.size("fleet-0002")), ((0, 3, 9), (3, 3, 3)));
    let thawed = stage.json_of(&["thaw", "--all", "--confirm", "unclassified 3", "--wait"], 0);
    assert_eq!(thawed["operations"].as_array().map(Vec::len), Some(3), "{thawed:#}");
    for name in &names {
        assert_eq!((stage.eye.size(name), stage.eye.suspended(name), stage.eye.mark(name)), ((0, 3, 9), Vec::new(), None), "{name}");
    }
    stage.assert_sent(&[("DeleteTags", 5), ("ResumeProcesses", 5), ("UpdateAutoScalingGroup", 5)]);
}

#[test]
fn of_many_that_are_to_be_frozen_one_refusal_keeps_no_other_from_it() {
    let stage = Stage::portal();
    let rule = json!([{"service": "autoscaling", "action": "SuspendProcesses", "kind": "error", "status": 403, "code": "AccessDenied",
        "message": "not authorized to perform: autoscaling:SuspendProcesses", "times": 1}]);
    stage.backend.faults(&rule);
    let report = stage.json_of(&["freeze", "portal", "worker", "--confirm", "unclassified 2", "--wait"], 4);
    let mut states: Vec<&str> = report["operations"].as_array().expect("both").iter().filter_map(|o| o["state"].as_str()).collect();
    states.sort_unstable();
    assert_eq!(states, ["done", "failed"], "{report:#}");
    let frozen = ["portal", "worker"].map(|g| stage.eye.mark(g).is_some());
    assert!(frozen[0] != frozen[1], "one of them is frozen: {frozen:?}");
}

#[test]
fn a_thaw_gives_back_what_was_there_and_overwrites_nobody_unasked() {
    let stage = Stage::portal();
    let frozen = stage.done("freeze worker --confirm worker");
    assert_eq!(stage.eye.size("worker"), (3, 3, 3));
    assert_eq!(stage.eye.suspended("worker").len(), 7);
    stage.sent();
    // Somebody else takes the group up meanwhile.
    stage.eye.set_bounds("worker", (3, 3, 6));
    stage.eye.resume("worker", "Terminate");
    stage.sent();
    let (_, said) = stage.run("thaw worker --confirm worker", 3);
    for word in ["max was pinned at 3, is 6", "Terminate was suspended, runs again", "--overwrite"] {
        assert!(said.contains(word), "{word:?} is not shown:\n{said}");
    }
    stage.assert_sent(&[]);
    let deed = stage.one("thaw worker --confirm worker --overwrite --wait", 0);
    let card = deed.0["card"]["notes"].to_string();
    assert!(card.contains("max was pinned at 3, is 6"), "{card}");
    // AZRebalance was off before the freeze: it stays off.
    assert_eq!((stage.eye.size("worker"), stage.eye.suspended("worker")), ((0, 3, 10), vec!["AZRebalance".to_owned()]));
    assert_eq!(stage.eye.mark("worker"), None);
    stage.assert_sent(&[("DeleteTags", 1), ("ResumeProcesses", 1), ("UpdateAutoScalingGroup", 1)]);
    stage.story(&deed.id()).assert_is("done", &[("SetBounds", "accepted"), ("ResumeProcesses", "accepted"), ("Unmark", "accepted")]);
    assert_eq!(stage.story(&frozen.id()).state(), "done");
}

#[test]
fn a_refresh_that_somebody_began_is_called_off_or_turned_back() {
    let stage = Stage::of(&["twins"]);
    stage.backend.pace(&[("launch", 3.0), ("warm", 3.0), ("drain", 3.0)]);
    stage.run("refresh cancel shop --confirm shop", 3);
    for (act, end) in [("cancel", "Cancelled"), ("roll-back", "RollbackSuccessful")] {
        stage.eye.start_refresh("shop", "2");
        stage.sent();
        let deed = stage.done(&format!("refresh {act} shop --confirm shop"));
        assert_eq!(stage.eye.refreshes("shop").first().map(String::as_str), Some(end));
        let (call, sent) =
            if act == "cancel" { ("CancelRefresh", "CancelInstanceRefresh") } else { ("RollBackRefresh", "RollbackInstanceRefresh") };
        stage.assert_sent(&[(sent, 1)]);
        stage.story(&deed.id()).assert_is("done", &[(call, "accepted")]);
    }
}

#[test]
fn what_a_blue_green_redeploy_left_warm_is_removed_by_an_operation_of_its_own() {
    let stage = Stage::of(&["twins"]);
    stage.run("retire shop --confirm shop", 3);
    let line = "redeploy shop --strategy blue-green --to-version 2 --steps 100 --pause 1s --bake 1s --confirm shop";
    let redeploy = stage.done(line);
    let heir = stage.eye.groups().into_iter().find(|g| g != "shop").expect("the new group");
    stage.sent();
    let deed = stage.done("retire shop --confirm shop");
    assert_eq!(stage.eye.groups(), [heir]);
    stage.assert_sent(&[("DeleteAutoScalingGroup", 1)]);
    assert_eq!(stage.story(&deed.id()).state(), "done");
    assert_eq!(stage.story(&redeploy.id()).state(), "done");
}

#[test]
fn a_name_in_two_regions_is_refused_by_every_verb_with_the_candidates() {
    let stage = Stage::of(&["fleet:1:3", "fleet:1:3@us-east-1"]);
    let both = "--region eu-central-1 --region us-east-1 --confirm fleet-0000";
    let elsewhere = Onlooker::within(&stage.backend, "us-east-1");
    for verb in
        ["scale fleet-0000 +1", "freeze fleet-0000", "suspend fleet-0000 Launch", "member protect fleet-0000 i-1", "undo fleet-0000"]
    {
        let stop = stage.json(&format!("{verb} {both}"), 2);
        assert_eq!(stop["candidates"], json!(["fleet-0000 in eu-central-1", "fleet-0000 in us-east-1"]), "{verb}: {stop}");
    }
    stage.assert_sent(&[]);
    stage.done("--region us-east-1 scale fleet-0000 +1 --confirm fleet-0000");
    assert_eq!((stage.eye.size("fleet-0000").1, elsewhere.size("fleet-0000").1), (3, 4));
}
