//! Every answer by which a call can be refused: clear words, the right exit code, one call, and nothing half-told on record.

use serde_json::json;

use super::stage::Stage;

struct Refusal {
    /// The verb with everything but the confirmation.
    line: String,
    /// The call that is refused.
    action: &'static str,
    status: u16,
    code: &'static str,
    message: &'static str,
    /// What is said besides the message: what sort of trouble it is, and the way out.
    words: [&'static str; 2],
}

fn refusal(line: &str, action: &'static str, answer: (u16, &'static str, &'static str), words: [&'static str; 2]) -> Refusal {
    let (status, code, message) = answer;
    Refusal { line: line.to_owned(), action, status, code, message, words }
}

const BUSY: [&str; 2] = ["busy", "wait for the activity that blocks it, then try again"];
const DENIED: [&str; 2] = ["access denied", "ask for the permission named here"];
const WRONG: [&str; 2] = ["request refused", "change the request as the message says"];
const FULL: [&str; 2] = ["quota", "raise the quota or free capacity"];
const UNKNOWN: [&str; 2] = ["credentials refused", "sign in again"];
const GONE: [&str; 2] = ["not found", "look whether it is still there"];

const IN_PROGRESS: (u16, &str, &str) = (400, "ScalingActivityInProgress", "Scaling activity 7c1f3a is in progress and blocks this action");
/// The service's own trouble by its status, and a refusal by its code: nothing was carried out.
const CONTENTION: (u16, &str, &str) = (500, "ResourceContention", "You already have a pending update to an Auto Scaling resource.");
const EXPIRED: (u16, &str, &str) = (403, "ExpiredToken", "The security token included in the request is expired");

fn denied(action: &'static str) -> (u16, &'static str, &'static str) {
    (403, "AccessDenied", action)
}

/// Each is refused once, and then the world must be as it was.
fn hold(stage: &Stage, name: &str, cases: &[Refusal]) {
    for c in cases {
        let what = format!("{} with {}", c.line, c.code);
        let rule = json!([{"action": c.action, "kind": "error", "status": c.status, "code": c.code, "message": c.message}]);
        stage.backend.faults(&rule);
        let deed = stage.one(&format!("{} --confirm {name} --wait", c.line), 4);
        assert_eq!(deed.state(), "failed", "{what}: {deed:?}");
        for word in c.words.into_iter().chain([c.message, c.code, &format!(":{}", c.action), "nothing was changed"]) {
            assert!(deed.note().contains(word), "{word:?} is not said of {what}: {}", deed.note());
        }
        stage.assert_sent(&[(c.action, 1)]);
        let story = stage.story(&deed.id());
        let answers: Vec<&str> = story.calls().into_iter().map(|(_, answer)| answer).collect();
        assert_eq!((story.state(), &answers[..]), ("failed", &["refused"][..]), "{what}: {:#}", story.0);
        assert_eq!(story.0["outcome"].as_str(), Some(deed.note()), "{what}");
    }
}

#[test]
fn a_refused_change_of_size_says_why_and_is_sent_once() {
    let stage = Stage::portal();
    let of = |answer, words| refusal("scale portal 5", "SetDesiredCapacity", answer, words);
    let unknown = "New SetDesiredCapacity value 5 is above max value 4 for the AutoScalingGroup.";
    let cases = [
        of(IN_PROGRESS, BUSY),
        of(CONTENTION, BUSY),
        of((400, "ValidationError", unknown), WRONG),
        of(denied("User: arn:aws:iam::1:user/kim is not authorized to perform: autoscaling:SetDesiredCapacity"), DENIED),
        of(EXPIRED, UNKNOWN),
        refusal("scale portal --max 9", "UpdateAutoScalingGroup", CONTENTION, BUSY),
    ];
    hold(&stage, "portal", &cases);
    assert_eq!(stage.eye.size("portal"), (2, 4, 8));
}

#[test]
fn a_refused_act_on_a_member_says_why_and_is_sent_once() {
    let stage = Stage::portal();
    let members = stage.eye.members("portal");
    let id = members.keys().next().expect("a member");
    let of = |act: &str, action, answer, words| refusal(&format!("member {act} portal {id}"), action, answer, words);
    let out = "TerminateInstanceInAutoScalingGroup";
    let cases = [
        of("terminate", out, IN_PROGRESS, BUSY),
        of("terminate", out, (400, "ValidationError", "Instance Id not found - No managed instance found"), GONE),
        of("replace", out, denied("not authorized to perform: autoscaling:TerminateInstanceInAutoScalingGroup"), DENIED),
        of("standby", "EnterStandby", (400, "ResourceInUse", "The instance is in use by another activity"), BUSY),
        of("protect", "SetInstanceProtection", (400, "LimitExceeded", "You may protect no more than 50 instances"), FULL),
        of("deregister", "DeregisterTargets", (400, "TargetGroupNotFound", "One or more target groups not found"), GONE),
        of("reboot", "RebootInstances", (403, "UnauthorizedOperation", "You are not authorized to perform this operation."), DENIED),
    ];
    hold(&stage, "portal", &cases);
    assert_eq!((stage.eye.size("portal"), stage.eye.members("portal")), ((2, 4, 8), members));
}

#[test]
fn a_refused_act_on_a_database_or_an_alarm_says_why_and_is_sent_once() {
    let stage = Stage::portal();
    let name = "hardwareavailability";
    let before = stage.eye.snapshots(name);
    let of = |act: &str, action, answer, words| refusal(&format!("database {act} {name}"), action, answer, words);
    let cases = [
        of("reboot", "RebootDBInstance", (400, "InvalidDBInstanceState", "Instance is in backing-up state"), BUSY),
        of("reboot", "RebootDBInstance", denied("not authorized to perform: rds:RebootDBInstance"), DENIED),
        of("snapshot", "CreateDBSnapshot", (400, "SnapshotQuotaExceeded", "Cannot create more than 100 manual snapshots"), FULL),
        of("snapshot", "CreateDBSnapshot", (400, "DBSnapshotAlreadyExists", "DBSnapshot already exists"), BUSY),
        of("snapshot", "CreateDBSnapshot", (400, "InvalidDBInstanceState", "Instance is not in available state"), BUSY),
    ];
    hold(&stage, name, &cases);
    assert_eq!((stage.eye.database(name).as_str(), stage.eye.snapshots(name)), ("available", before));
    let of = |answer, words| refusal("mute portal-5xx --for 1h", "PutAlarmMuteRule", answer, words);
    let cases = [
        of((400, "LimitExceeded", "The quota of mute rules was reached"), FULL),
        of(denied("not authorized to perform: cloudwatch:PutAlarmMuteRule"), DENIED),
        of(EXPIRED, UNKNOWN),
    ];
    hold(&stage, "portal-5xx", &cases);
    assert!(stage.eye.mutes().is_empty());
}

#[test]
fn a_throttled_call_is_tried_again_a_few_times_and_no_more() {
    let stage = Stage::portal();
    let throttled = |times: Option<u32>| {
        let mut rule =
            json!({"action": "SetDesiredCapacity", "kind": "error", "status": 400, "code": "Throttling", "message": "Rate exceeded"});
        if let Some(times) = times {
            rule["times"] = times.into();
        }
        stage.backend.faults(&json!([rule]));
    };
    throttled(Some(2));
    let deed = stage.done("scale portal 5 --confirm portal");
    assert_eq!(stage.eye.size("portal").1, 5);
    stage.assert_sent(&[("SetDesiredCapacity", 3)]);
    stage.story(&deed.id()).assert_is("done", &[("SetDesired", "refused"), ("SetDesired", "refused"), ("SetDesired", "accepted")]);

    throttled(None);
    let deed = stage.one("scale portal 6 --confirm portal --wait", 4);
    for word in ["throttled", "Rate exceeded", "try again later", "nothing was changed"] {
        assert!(deed.note().contains(word), "{}", deed.note());
    }
    stage.assert_sent(&[("SetDesiredCapacity", 4)]);
    stage.story(&deed.id()).assert_is("failed", &[("SetDesired", "refused"); 4]);
    assert_eq!(stage.eye.size("portal").1, 5);
}

#[test]
fn a_step_refused_half_way_says_what_was_done_before_it() {
    let stage = Stage::of(&["fleet:1:12"]);
    let members = stage.eye.members_in("fleet-0000", "InService");
    let rule = json!([{"action": "TerminateInstanceInAutoScalingGroup", "skip": 1, "kind": "error", "status": 400,
        "code": "ResourceInUse", "message": "The group is being updated"}]);
    stage.backend.faults(&rule);
    let line = format!("member terminate fleet-0000 {} {} --confirm fleet-0000 --wait", members[0], members[1]);
    let deed = stage.one(&line, 5);
    assert!(deed.note().contains(&format!("done before it: terminate {}", members[0])), "{}", deed.note());
    assert_eq!(stage.eye.size("fleet-0000").1, 11);
    stage.assert_sent(&[("TerminateInstanceInAutoScalingGroup", 2)]);
    stage.story(&deed.id()).assert_is("failed", &[("TerminateMembers", "accepted"), ("TerminateMembers", "refused")]);
}

/// A cloud's own refresh cannot begin while another is under way: the operation stops by itself, and a script is told that it is not over.
#[test]
fn a_redeploy_that_cannot_begin_pauses_and_says_so() {
    let stage = Stage::portal();
    let message = "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.";
    let rule = json!([{"action": "StartInstanceRefresh", "kind": "error", "status": 400, "code": "InstanceRefreshInProgress", "message": message}]);
    stage.backend.faults(&rule);
    let deed = stage.one("redeploy portal --strategy native --confirm portal --timeout 12s", 6);
    assert_eq!(deed.state(), "paused", "{deed:?}");
    assert!(deed.note().contains("InstanceRefreshInProgress") && deed.note().contains("not over after 12s"), "{}", deed.note());
    let told = stage.one(&format!("ops abandon {} --wait", deed.id()), 5);
    assert_eq!(told.state(), "abandoned", "{told:?}");
    assert_eq!((stage.times("StartInstanceRefresh"), stage.eye.mark("portal"), stage.eye.suspended("portal")), (1, None, Vec::new()));
}
