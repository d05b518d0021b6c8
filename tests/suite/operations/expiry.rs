//! Credentials that expire half-way: what was begun stays as it is, says so, and is ended by whoever signs in again.

use serde_json::json;

use super::stage::{Laptop, Stage};

/// From the moment that `after` was sent, nothing signed with the first key is taken any more.
fn expire(stage: &Stage, after: &str) {
    let message = "The security token included in the request is expired";
    let rule =
        json!([{"since": after, "access_key": "operator", "kind": "error", "status": 403, "code": "ExpiredToken", "message": message}]);
    stage.backend.faults(&rule);
}

#[test]
fn a_freeze_whose_credentials_expire_half_way_is_ended_with_new_ones() {
    let stage = Stage::portal();
    refused_at_first(&stage);
    expire(&stage, "SuspendProcesses");
    let deed = stage.one("freeze portal --confirm portal --wait", 6);
    assert_eq!(deed.state(), "interrupted", "{deed:?}");
    for word in ["credentials refused", "expired", "sign in again", "resume"] {
        assert!(deed.note().contains(word), "{word:?}: {}", deed.note());
    }
    // Half of it is done: the automation is off, and nothing is pinned.
    assert_eq!((stage.eye.size("portal"), stage.eye.suspended("portal").len()), ((2, 4, 8), 7));
    let id = deed.id();
    stage.story(&id).assert_is("interrupted", &[("Suspend", "accepted")]);

    // With the old ones it comes no further, and says why.
    let stop = stage.json(&format!("ops resume {id} --wait"), 1);
    assert!(stop["error"].as_str().is_some_and(|e| e.contains("expired") && e.contains("sign in again")), "{stop}");
    assert_eq!(stage.story(&id).state(), "interrupted", "it can still be taken up");
    let renewed = Laptop::signed_in_as(&stage, "renewed");
    let deed = renewed.one(&format!("ops resume {id} --wait"), 0);
    assert_eq!(deed.state(), "done", "{deed:?}");
    assert_eq!((stage.eye.size("portal"), stage.eye.suspended("portal").len()), ((4, 4, 4), 7));
    stage.assert_sent(&[("CreateOrUpdateTags", 1), ("SuspendProcesses", 1), ("UpdateAutoScalingGroup", 1)]);
    renewed.story(&id).assert_is("done", &[("Suspend", "accepted"), ("SetBounds", "accepted"), ("Mark", "accepted")]);
    renewed.run("thaw portal --confirm portal --wait", 0);
    assert_eq!((stage.eye.size("portal"), stage.eye.suspended("portal").len()), ((2, 4, 8), 0));
}

#[test]
fn a_second_member_is_left_alone_when_the_first_used_the_credentials_up() {
    let stage = Stage::of(&["fleet:1:12"]);
    let members = stage.eye.members_in("fleet-0000", "InService");
    expire(&stage, "TerminateInstanceInAutoScalingGroup");
    let line = format!("member terminate fleet-0000 {} {} --confirm fleet-0000 --wait", members[0], members[1]);
    let deed = stage.one(&line, 6);
    assert_eq!((deed.state(), stage.eye.size("fleet-0000").1), ("interrupted", 11), "{deed:?}");
    let renewed = Laptop::signed_in_as(&stage, "renewed");
    let deed = renewed.one(&format!("ops resume {} --wait", deed.id()), 0);
    assert_eq!((deed.state(), stage.eye.size("fleet-0000").1), ("done", 10), "{deed:?}");
    let left = stage.eye.members("fleet-0000");
    assert!(!left.contains_key(&members[0]) && !left.contains_key(&members[1]), "exactly those two: {left:?}");
    stage.assert_sent(&[("TerminateInstanceInAutoScalingGroup", 2)]);
}

/// Before anything was sent, nothing is changed.
#[track_caller]
fn refused_at_first(stage: &Stage) {
    let message = "The security token included in the request is expired";
    // Whoever reads for the card is still taken; the runner that signs in for the call is not.
    let rule = json!([{"service": "sts", "skip": 2, "kind": "error", "status": 403, "code": "ExpiredToken", "message": message}]);
    stage.backend.faults(&rule);
    let deed = stage.one("scale portal 5 --confirm portal --wait", 1);
    assert!(deed.state() == "refused" && deed.note().contains("expired"), "{deed:?}");
    stage.assert_sent(&[]);
    stage.backend.faults(&json!([]));
    stage.story(&deed.id()).assert_is("refused", &[]);
}
